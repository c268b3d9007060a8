// How a buffer is cut into nearly equal parts.
#pragma once

#include "netmodel/schedule.hpp"

namespace gradwire {

/// Part `index` of `parts`: sizes differ by one element at most, the larger ones first.
constexpr Range chunk(std::int64_t elements, int parts, int index) {
  const std::int64_t size = elements / parts;
  const std::int64_t larger = elements % parts;
  const std::int64_t begin = index * size + (index < larger ? index : larger);
  return {begin, size + (index < larger ? 1 : 0)};
}

}  // namespace gradwire
