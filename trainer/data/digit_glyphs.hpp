// How people write the ten digits: the strokes of the usual variants.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace gradwire {

/// A point that the pen passes through, in hundredths of the digit's height: x to the right, y
/// down, from 0 to 100.
struct KeyPoint {
  std::int16_t x;
  std::int16_t y;
  bool corner = false;  ///< the pen changes direction here, instead of passing smoothly
};

/// One movement of the pen on the paper; at least two points.
using Stroke = std::vector<KeyPoint>;

/// One way to write a digit.
struct Glyph {
  int weight;  ///< how usual it is, relative to the digit's other variants
  std::vector<Stroke> strokes;
};

/// The variants of each digit, from 0 to 9.
std::array<std::vector<Glyph>, 10> digit_glyphs();

}  // namespace gradwire
