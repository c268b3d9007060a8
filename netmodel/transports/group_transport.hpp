// A transport whose ranks are processes or threads of their own: they leave when they are done, and
// may give up before.
#pragma once

#include "netmodel/transport.hpp"

namespace gradwire {

class GroupTransport : public Transport {
 public:
  /// Says goodbye to all peers and returns when they have said it too, or have gone. Every task of
  /// the transport has ended then.
  virtual Task<void> leave() = 0;

  /// Gives up at once: what a crash looks like to the peers. leave() still has to follow.
  virtual void abort() = 0;

 protected:
  using Transport::Transport;
};

}  // namespace gradwire
