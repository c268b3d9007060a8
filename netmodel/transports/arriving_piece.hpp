// One piece of a collective on its way in from a socket, to where its step wants it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "netmodel/schedule.hpp"
#include "netmodel/transports/frame_receiver.hpp"
#include "netmodel/transports/scratch_blocks.hpp"

namespace gradwire {

/// What all pieces of one rank's collective share. All of it outlives the pieces.
struct PieceSurroundings {
  std::span<float> values;  // the rank's buffer
  Reducer& reducer;
  ScratchBlocks& blocks;
  std::function<void()> progress;  // called when a piece has arrived, or a sum is done
};

class ArrivingPiece final : public Landing {
 public:
  enum class Way {
    in_place,  // read into the range, or summed into it block by block while the next is read
    kept,      // held as a message, for whoever combines the step
  };

  ArrivingPiece(PieceSurroundings& surroundings, ReceivePiece piece, Way way);

  std::span<std::byte> room() override;
  void landed(std::size_t count) override;

  /// All of it is here; not all of it is summed yet.
  bool has_arrived() const { return begun_ && arrived_ == size_; }
  /// Some of it is in the hands of the reducer, which uses this piece until it is not.
  bool is_summing() const { return summing_; }
  /// Its range holds the result, or its message the content.
  bool is_done() const { return has_arrived() && !summing_ && filled_.empty(); }

  bool is_kept() const { return way_ == Way::kept; }
  /// Of a piece that is kept, once.
  Message take_message() { return std::move(message_); }

 private:
  using Block = std::unique_ptr<ScratchBlock>;
  struct Filled {
    Block block;
    std::size_t count = 0;  // values in it
  };

  std::span<float> range() const;
  bool sums() const { return way_ == Way::in_place && piece_.combine == Combine::sum; }
  void sum_filled();

  PieceSurroundings& surroundings_;
  ReceivePiece piece_;
  Way way_;
  std::size_t size_;  // in bytes
  std::size_t arrived_ = 0;
  bool begun_ = false;
  Message message_;
  Block block_;                 // being filled
  std::size_t in_block_ = 0;    // bytes in it
  std::vector<Filled> filled_;  // and not summed yet
  std::size_t next_sum_ = 0;    // where in the range the next one goes
  bool summing_ = false;
};

}  // namespace gradwire
