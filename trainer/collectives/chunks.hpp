// How a buffer is cut into nearly equal parts.
#pragma once

#include "netmodel/schedule.hpp"

namespace gradwire {

/// The parts of a buffer: sizes differ by one element at most, the larger ones first.
class Chunks {
 public:
  constexpr Chunks(std::int64_t elements, int parts)
      : size_(elements / parts), larger_(elements % parts) {}

  constexpr Range operator[](int index) const {
    const std::int64_t begin = index * size_ + (index < larger_ ? index : larger_);
    return {begin, size_ + (is_larger(index) ? 1 : 0)};
  }
  constexpr bool is_larger(int index) const { return index < larger_; }

 private:
  std::int64_t size_;    // of the smaller ones
  std::int64_t larger_;  // so many have one more
};

/// Part `index` of `parts`.
constexpr Range chunk(std::int64_t elements, int parts, int index) {
  return Chunks(elements, parts)[index];
}

}  // namespace gradwire
