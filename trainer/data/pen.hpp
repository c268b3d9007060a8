// Draws strokes of a pen into a small grey image.
//
// Only additions, multiplications, divisions and square roots, which IEEE 754 defines to the last
// bit, and none of them fused (see CMakeLists.txt): the same strokes give the same bytes on every
// machine.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace gradwire {

/// In pixels: x to the right, y down; (0, 0) is the centre of the first pixel.
struct PagePoint {
  float x;
  float y;
};

/// A point of a smooth path, or one where it changes direction.
struct PathPoint {
  PagePoint at;
  bool corner;
};

/// Appends to `line` the path through all points, `pieces` straight pieces from each to the next,
/// its beginning included: cubic Bezier curves with the tangents of Catmull and Rom ("A class of
/// local interpolating splines", 1974), one-sided at the ends and at corners.
void flatten(std::span<const PathPoint> points, int pieces, std::vector<PagePoint>& line);

/// What a pen leaves: from 0, paper, to 1, ink.
class Canvas {
 public:
  static constexpr int kSide = 28;

  using Row = std::array<float, kSide>;

  void clear() { rows_ = {}; }

  /// Draws the line with a round pen whose radius, in pixels, goes from `first_radius` to
  /// `last_radius`; edges are antialiased.
  void draw(std::span<const PagePoint> line, float first_radius, float last_radius);

  /// Replaces every pixel by (1 - amount) of itself and `amount` of the mean of its 3 x 3
  /// neighbourhood, weighted 1-2-1 in both directions.
  void blur(float amount);

  std::array<Row, kSide>& rows() { return rows_; }

 private:
  void draw_piece(PagePoint from, PagePoint to, float from_radius, float to_radius);

  std::array<Row, kSide> rows_{};
};

}  // namespace gradwire
