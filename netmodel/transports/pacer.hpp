// The seam between the TCP transport and whatever holds its bytes back.
#pragma once

#include <functional>

#include "netmodel/message.hpp"

namespace gradwire {

/// Decides when the bytes of a message may enter the socket to a peer. Without a pacer the
/// transport writes at once.
class Pacer {
 public:
  virtual ~Pacer() = default;

  /// Lets `size` bytes travel from one rank to another, after those asked for before on the same
  /// way. Calls `arrived` with the number of bytes that are due at the other end, in pieces and in
  /// order, and `left` once, when the last byte has left the sender. Neither is called from inside
  /// this function.
  virtual void transmit(Rank from, Rank to, Bytes size, std::function<void(Bytes)> arrived,
                        std::function<void()> left) = 0;
};

}  // namespace gradwire
