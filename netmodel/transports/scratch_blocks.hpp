// Memory that data passes through on its way from a socket into a sum, used again and again: fresh
// memory would cost a page fault for every 4 KiB.
#pragma once

#include <array>
#include <memory>
#include <vector>

namespace gradwire {

/// 256 KiB: with the range that it is summed into it fits the second-level cache of the usual
/// server core (1 MiB and more), and a system call for each is rare enough.
struct alignas(64) ScratchBlock {
  std::array<float, 65'536> values;
};

class ScratchBlocks {
 public:
  /// Its content is unspecified.
  std::unique_ptr<ScratchBlock> take() {
    if (free_.empty()) return std::make_unique_for_overwrite<ScratchBlock>();
    auto block = std::move(free_.back());
    free_.pop_back();
    return block;
  }

  /// The block that came back last is taken first: it is the likeliest to be in the cache.
  void give_back(std::unique_ptr<ScratchBlock> block) {
    if (free_.size() < kKept) free_.push_back(std::move(block));
  }

 private:
  // More are in use only while the processor is busy with other things than summing.
  static constexpr std::size_t kKept = 16;

  std::vector<std::unique_ptr<ScratchBlock>> free_;
};

}  // namespace gradwire
