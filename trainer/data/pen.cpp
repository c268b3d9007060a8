#include "trainer/data/pen.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace gradwire {
namespace {

PagePoint operator+(PagePoint a, PagePoint b) { return {a.x + b.x, a.y + b.y}; }
PagePoint operator-(PagePoint a, PagePoint b) { return {a.x - b.x, a.y - b.y}; }
PagePoint operator*(float factor, PagePoint a) { return {factor * a.x, factor * a.y}; }

PagePoint bezier(PagePoint p0, PagePoint p1, PagePoint p2, PagePoint p3, float t) {
  const float s = 1 - t;
  return (s * s * s) * p0 + (3 * s * s * t) * p1 + (3 * s * t * t) * p2 + (t * t * t) * p3;
}

// The first and last pixel of a row or column that a pen reaches from a to b.
struct Reach {
  int first;
  int last;

  Reach(float a, float b, float radius)
      : first(static_cast<int>(std::max(std::min(a, b) - radius, 0.0F))),
        last(static_cast<int>(
            std::clamp(std::max(a, b) + radius + 1, -1.0F, Canvas::kSide - 1.0F))) {}
};

}  // namespace

void flatten(std::span<const PathPoint> points, int pieces, std::vector<PagePoint>& line) {
  line.push_back(points.front().at);
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const PagePoint from = points[i].at;
    const PagePoint to = points[i + 1].at;
    const PagePoint before = i == 0 || points[i].corner ? from : points[i - 1].at;
    const PagePoint after = i + 2 == points.size() || points[i + 1].corner ? to : points[i + 2].at;
    const PagePoint first_control = from + (1.0F / 6) * (to - before);
    const PagePoint second_control = to - (1.0F / 6) * (after - from);
    for (int piece = 1; piece <= pieces; ++piece) {
      const float t = static_cast<float>(piece) / static_cast<float>(pieces);
      line.push_back(bezier(from, first_control, second_control, to, t));
    }
  }
}

void Canvas::draw(std::span<const PagePoint> line, float first_radius, float last_radius) {
  const float growth =
      (last_radius - first_radius) / static_cast<float>(std::max<std::size_t>(line.size(), 2) - 1);
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const float radius = first_radius + growth * static_cast<float>(i);
    draw_piece(line[i], line[i + 1], radius, radius + growth);
  }
}

void Canvas::draw_piece(PagePoint from, PagePoint to, float from_radius, float to_radius) {
  // A pixel is covered as far as the edge of the pen lies beyond its centre, half a pixel each way.
  const float widest = std::max(from_radius, to_radius) + 0.5F;
  const Reach columns(from.x, to.x, widest);
  const Reach rows(from.y, to.y, widest);
  const PagePoint along = to - from;
  const float square = along.x * along.x + along.y * along.y;
  const float inverse = square > 0 ? 1 / square : 0;
  for (int row = rows.first; row <= rows.last; ++row) {
    const float dy = static_cast<float>(row) - from.y;
    for (int column = columns.first; column <= columns.last; ++column) {
      const float dx = static_cast<float>(column) - from.x;
      const float t = std::clamp((dx * along.x + dy * along.y) * inverse, 0.0F, 1.0F);
      const float x = dx - t * along.x;
      const float y = dy - t * along.y;
      const float radius = from_radius + t * (to_radius - from_radius);
      const float cover = std::min(radius + 0.5F - std::sqrt(x * x + y * y), 1.0F);
      rows_[row][column] = std::max(rows_[row][column], cover);
    }
  }
}

void Canvas::blur(float amount) {
  // With a row of paper above and below, the first and the last row are no special case.
  std::array<Row, kSide + 2> across{};
  for (int row = 0; row < kSide; ++row) {
    const Row& in = rows_[row];
    Row& out = across[row + 1];
    out[0] = 2 * in[0] + in[1];
    for (int i = 1; i + 1 < kSide; ++i) out[i] = in[i - 1] + 2 * in[i] + in[i + 1];
    out[kSide - 1] = in[kSide - 2] + 2 * in[kSide - 1];
  }
  for (int row = 0; row < kSide; ++row) {
    const Row& above = across[row];
    const Row& middle = across[row + 1];
    const Row& below = across[row + 2];
    for (int i = 0; i < kSide; ++i) {
      const float mean = (above[i] + 2 * middle[i] + below[i]) * (1.0F / 16);
      rows_[row][i] += amount * (mean - rows_[row][i]);
    }
  }
}

}  // namespace gradwire
