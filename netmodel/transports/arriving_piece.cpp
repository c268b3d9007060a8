#include "netmodel/transports/arriving_piece.hpp"

namespace gradwire {

ArrivingPiece::ArrivingPiece(PieceSurroundings& surroundings, ReceivePiece piece, Way way)
    : surroundings_(surroundings),
      piece_(piece),
      way_(way),
      size_(static_cast<std::size_t>(bytes_of(piece.range).count)) {}

std::span<float> ArrivingPiece::range() const {
  return surroundings_.values.subspan(static_cast<std::size_t>(piece_.range.begin),
                                      static_cast<std::size_t>(piece_.range.count));
}

std::span<std::byte> ArrivingPiece::room() {
  if (way_ == Way::kept) {
    if (arrived_ == 0) message_ = Message::uninitialised(bytes_of(piece_.range));
    return message_.bytes().subspan(arrived_);
  }
  if (!sums()) return std::as_writable_bytes(range()).subspan(arrived_);
  if (!block_) block_ = surroundings_.blocks.take();
  const auto bytes = std::as_writable_bytes(std::span(block_->values));
  return bytes.subspan(in_block_, std::min(bytes.size() - in_block_, size_ - arrived_));
}

void ArrivingPiece::landed(std::size_t count) {
  begun_ = true;
  arrived_ += count;
  if (block_) {
    in_block_ += count;
    if (in_block_ == sizeof(ScratchBlock) || arrived_ == size_) {
      filled_.push_back({std::move(block_), in_block_ / sizeof(float)});
      in_block_ = 0;
      sum_filled();
    }
  }
  if (arrived_ == size_) surroundings_.progress();
}

// What has been filled while the reducer was busy is summed in one go. Whether the own content or
// what arrives is the first of two addends makes no difference to their sum.
void ArrivingPiece::sum_filled() {
  if (summing_ || filled_.empty()) return;
  summing_ = true;
  auto batch = std::make_shared<std::vector<Filled>>(std::move(filled_));
  filled_.clear();
  std::size_t total = 0;
  for (const Filled& filled : *batch) total += filled.count;
  const std::span<float> into = range().subspan(next_sum_, total);
  next_sum_ += total;
  const auto work = [batch, into] {
    std::size_t at = 0;
    for (const Filled& filled : *batch) {
      add(std::span(filled.block->values).first(filled.count), into.subspan(at));
      at += filled.count;
    }
  };
  const auto done = [this, batch] {
    for (Filled& filled : *batch) surroundings_.blocks.give_back(std::move(filled.block));
    summing_ = false;
    sum_filled();
    surroundings_.progress();
  };
  surroundings_.reducer.start(Bytes{static_cast<std::int64_t>(total * sizeof(float))}, work, done);
}

}  // namespace gradwire
