#include "trainer/data/shapes.hpp"

#include <cmath>
#include <string_view>

#include "netmodel/check.hpp"
#include "trainer/data/figures.hpp"

namespace gradwire {
namespace {

// How much the images vary: chosen by eye, and by how well networks do (see make_shapes).
constexpr float kSmallest = 6.0F;  // radius in pixels
constexpr float kLargest = 12.0F;
constexpr float kShift = 2.5F;      // deviation of the centre from the middle, in pixels
constexpr float kTurn = 0.35F;      // deviation of the angle, in radians
constexpr float kGradient = 0.35F;  // largest change of a channel across the background
constexpr float kContrast = 0.7F;   // least sum of the channels' differences to the background
constexpr int kClutter = 4;         // at most so many small discs and bars beside the figure
constexpr float kSpeck = 2.5F;      // their largest radius
constexpr float kNoise = 0.06F;     // deviation

/// About what the generator makes.
constexpr PixelScale kScale = {0.5F, 0.25F};

Colour any_colour(Draws& draws) {
  Colour colour{};
  for (float& channel : colour) channel = draws.uniform(0, 1);
  return colour;
}

Colour colour_unlike(const Colour& other, Draws& draws) {
  for (;;) {
    const Colour colour = any_colour(draws);
    float difference = 0.0F;
    for (std::size_t i = 0; i < colour.size(); ++i) difference += std::abs(colour[i] - other[i]);
    if (difference >= kContrast) return colour;
  }
}

void make_image(Figure figure, Draws& draws, std::span<std::uint8_t> bytes) {
  constexpr auto kSide = static_cast<float>(ColourImage::kSide);
  ColourImage image;
  const Colour background = any_colour(draws);
  Colour from = background;
  Colour to = background;
  for (std::size_t i = 0; i < background.size(); ++i) {
    const float change = draws.uniform(-kGradient / 2, kGradient / 2);
    from[i] -= change;
    to[i] += change;
  }
  image.fill(from, to);
  const int specks = draws.below(kClutter + 1);
  for (int i = 0; i < specks; ++i) {
    PlacedFigure speck{.figure = draws.below(2) == 0 ? Figure::disc : Figure::bar,
                       .x = draws.uniform(0, kSide),
                       .y = draws.uniform(0, kSide),
                       .radius = draws.uniform(1, kSpeck)};
    turn(speck, draws.uniform(-1, 1));
    image.draw(speck, any_colour(draws));
  }
  PlacedFigure placed{.figure = figure, .radius = draws.uniform(kSmallest, kLargest)};
  placed.x = (kSide - 1) / 2 + kShift * draws.bell();
  placed.y = (kSide - 1) / 2 + kShift * draws.bell();
  turn(placed, kTurn * draws.bell() / 2);
  image.draw(placed, colour_unlike(background, draws));
  image.write(kNoise, draws, bytes);
}

Split make_split(std::int64_t count, const RandomStreams& streams, std::string_view purpose) {
  CHECK(count >= 0, "{} images", count);
  const auto size = static_cast<std::size_t>(count);
  Split split{.shape = {3, ColourImage::kSide, ColourImage::kSide},
              .classes = kFigures,
              .scale = {kScale, kScale, kScale}};
  const auto features = static_cast<std::size_t>(split.shape.features());
  split.pixels.resize(size * features);
  split.labels.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    Draws draws(streams.stream(purpose, i));
    const int figure = draws.below(kFigures);
    split.labels[i] = static_cast<std::uint8_t>(figure);
    make_image(static_cast<Figure>(figure), draws,
               std::span(split.pixels).subspan(i * features, features));
  }
  return split;
}

}  // namespace

Dataset make_shapes(std::int64_t train, std::int64_t test, std::uint64_t seed) {
  const RandomStreams streams(seed);
  return {.name = "shapes",
          .train = make_split(train, streams, "shapes train"),
          .test = make_split(test, streams, "shapes test")};
}

}  // namespace gradwire
