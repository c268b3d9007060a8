// Draws plane figures into a small colour image.
//
// Only additions, multiplications, divisions and square roots, none of them fused (see
// CMakeLists.txt): the same figures give the same bytes on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "trainer/data/draws.hpp"

namespace gradwire {

enum class Figure { disc, ring, half_disc, triangle, square, bar, cross, star, crescent, corner };

inline constexpr int kFigures = 10;

std::string_view to_string(Figure figure);

/// Red, green and blue in [0, 1].
using Colour = std::array<float, 3>;

/// A figure in its place. Lengths in pixels; (0, 0) is the centre of the first pixel, y runs down.
struct PlacedFigure {
  Figure figure = Figure::disc;
  float x = 0.0F;
  float y = 0.0F;
  float radius = 1.0F;  ///< of a circle around it
  float cosine = 1.0F;  ///< of the angle by which it is turned
  float sine = 0.0F;
};

/// Whether a point of the figure's own plane, in units of its radius and before it is turned, is in
/// it.
bool contains(Figure figure, float x, float y);

/// Turns the figure by an angle, of which this is tan(angle / 2): exact arithmetic, where the sine
/// of the C library differs between versions.
void turn(PlacedFigure& placed, float half_angle_tangent);

class ColourImage {
 public:
  static constexpr int kSide = 32;
  static constexpr int kPixels = kSide * kSide;

  /// The background: a colour that changes linearly from one corner to the opposite one.
  void fill(const Colour& from, const Colour& to);

  /// Edges are antialiased: the share of a pixel's nine sample points that the figure covers.
  void draw(const PlacedFigure& placed, const Colour& colour);

  /// Adds noise of this deviation and writes the bytes, channel by channel; 3 x kPixels of them.
  void write(float deviation, Draws& draws, std::span<std::uint8_t> bytes) const;

 private:
  std::array<std::array<float, kPixels>, 3> planes_{};
};

}  // namespace gradwire
