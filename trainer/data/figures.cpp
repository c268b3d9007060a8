#include "trainer/data/figures.hpp"

#include <algorithm>
#include <cmath>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

// Five lines around a pentagon; a point is in the star that they form if it is inside of four of
// them at least. Normals at 90 degrees and every 72 from there; the distance is that from the
// centre of a pentagram of radius 1, cos 72 degrees.
bool in_star(float x, float y) {
  constexpr float kApothem = 0.30901699F;
  constexpr std::array<std::array<float, 2>, 5> kNormals = {{{0.0F, 1.0F},
                                                             {-0.95105652F, 0.30901699F},
                                                             {-0.58778525F, -0.80901699F},
                                                             {0.58778525F, -0.80901699F},
                                                             {0.95105652F, 0.30901699F}}};
  int inside = 0;
  for (const auto& normal : kNormals) {
    if (normal[0] * x + normal[1] * y <= kApothem) ++inside;
  }
  return inside >= 4;
}

}  // namespace

std::string_view to_string(Figure figure) {
  constexpr std::array<std::string_view, kFigures> kNames = {
      "disc", "ring",  "half disc", "triangle", "square",
      "bar",  "cross", "star",      "crescent", "corner"};
  return kNames.at(static_cast<std::size_t>(figure));
}

bool contains(Figure figure, float x, float y) {
  const float squared = x * x + y * y;
  const float across = std::abs(x);
  const float along = std::abs(y);
  switch (figure) {
    case Figure::disc:
      return squared <= 0.85F * 0.85F;
    case Figure::ring:
      return squared <= 1.0F && squared >= 0.55F * 0.55F;
    case Figure::half_disc:
      return squared <= 1.0F && y >= 0.0F;
    case Figure::triangle:
      return y >= -0.5F && y + 1.7320508F * across <= 1.0F;
    case Figure::square:
      return across <= 0.7F && along <= 0.7F;
    case Figure::bar:
      return across <= 0.95F && along <= 0.3F;
    case Figure::cross:
      return (across <= 0.27F && along <= 0.95F) || (along <= 0.27F && across <= 0.95F);
    case Figure::star:
      return in_star(x, y);
    case Figure::crescent:
      return squared <= 1.0F && (x - 0.5F) * (x - 0.5F) + y * y >= 0.75F * 0.75F;
    case Figure::corner:
      return across <= 0.7F && along <= 0.7F && (x <= -0.15F || y <= -0.15F);
  }
  CHECK(false, "figure {}", static_cast<int>(figure));
}

void turn(PlacedFigure& placed, float half_angle_tangent) {
  const float t = half_angle_tangent;
  placed.cosine = (1 - t * t) / (1 + t * t);
  placed.sine = 2 * t / (1 + t * t);
}

void ColourImage::fill(const Colour& from, const Colour& to) {
  for (std::size_t channel = 0; channel < planes_.size(); ++channel) {
    const float step = (to[channel] - from[channel]) / (2 * kSide - 2);
    for (int i = 0; i < kPixels; ++i) {
      const int row = i / kSide;
      const int column = i % kSide;
      const auto way = static_cast<float>(row + column);
      planes_[channel][static_cast<std::size_t>(i)] = from[channel] + step * way;
    }
  }
}

void ColourImage::draw(const PlacedFigure& placed, const Colour& colour) {
  constexpr std::array<float, 3> kOffsets = {-1.0F / 3, 0.0F, 1.0F / 3};
  const auto first = [&](float at) {
    return std::clamp(static_cast<int>(std::floor(at - placed.radius - 1)), 0, kSide);
  };
  const auto last = [&](float at) {
    return std::clamp(static_cast<int>(std::ceil(at + placed.radius + 1)), -1, kSide - 1);
  };
  for (int row = first(placed.y); row <= last(placed.y); ++row) {
    for (int column = first(placed.x); column <= last(placed.x); ++column) {
      const auto pixel_index =
          static_cast<std::size_t>(row) * kSide + static_cast<std::size_t>(column);
      int covered = 0;
      for (const float down : kOffsets) {
        for (const float right : kOffsets) {
          const float x = (static_cast<float>(column) + right - placed.x) / placed.radius;
          const float y = (static_cast<float>(row) + down - placed.y) / placed.radius;
          if (contains(placed.figure, placed.cosine * x + placed.sine * y,
                       placed.cosine * y - placed.sine * x)) {
            ++covered;
          }
        }
      }
      const float share = static_cast<float>(covered) / 9;
      for (std::size_t channel = 0; channel < planes_.size(); ++channel) {
        float& pixel = planes_[channel][pixel_index];
        pixel += share * (colour[channel] - pixel);
      }
    }
  }
}

void ColourImage::write(float deviation, Draws& draws, std::span<std::uint8_t> bytes) const {
  CHECK(bytes.size() == 3 * std::size_t{kPixels}, "{} bytes", bytes.size());
  auto* out = bytes.data();
  for (const auto& plane : planes_) {
    for (const float pixel : plane) {
      const float level = std::clamp(255 * (pixel + deviation * draws.bell()), 0.0F, 255.0F);
      *out++ = static_cast<std::uint8_t>(std::lround(level));
    }
  }
}

}  // namespace gradwire
