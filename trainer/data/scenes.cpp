#include "trainer/data/scenes.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "netmodel/check.hpp"
#include "trainer/data/figures.hpp"

namespace gradwire {
namespace {

// A thing in the picture and how it is called.
struct Thing {
  Figure figure;
  Colour colour;
  std::string name;
};

struct NamedColour {
  std::string_view name;
  Colour colour;
};

constexpr std::array<NamedColour, 6> kColours = {{{"red", {0.85F, 0.1F, 0.1F}},
                                                  {"green", {0.1F, 0.7F, 0.15F}},
                                                  {"blue", {0.1F, 0.2F, 0.9F}},
                                                  {"yellow", {0.95F, 0.9F, 0.1F}},
                                                  {"white", {0.97F, 0.97F, 0.97F}},
                                                  {"black", {0.05F, 0.05F, 0.05F}}}};
constexpr std::array<Figure, 5> kThings = {Figure::disc, Figure::square, Figure::triangle,
                                           Figure::cross, Figure::star};

// The first thing's place against the second's, and the other way round; x to the right, y down.
struct Relation {
  std::string_view forth;
  std::string_view back;
  float x;
  float y;
};

constexpr std::array<Relation, 4> kRelations = {{{"above", "below", 0, -1},
                                                 {"below", "above", 0, 1},
                                                 {"left of", "right of", -1, 0},
                                                 {"right of", "left of", 1, 0}}};

// In pixels, and in shares of full brightness.
constexpr float kSmallest = 5.5F;  // radius
constexpr float kLargest = 7.0F;
constexpr float kApart = 7.5F;    // of each centre from the middle
constexpr float kShift = 0.8F;    // deviation of a centre
constexpr float kTurn = 0.1F;     // deviation of the angle, in radians
constexpr float kDarkest = 0.4F;  // background
constexpr float kPalest = 0.6F;
constexpr float kNoise = 0.03F;  // deviation

constexpr PixelScale kScale = {0.5F, 0.25F};

template <std::size_t size, typename T>
const T& any_of(const std::array<T, size>& choices, Draws& draws) {
  return choices[static_cast<std::size_t>(draws.below(static_cast<int>(size)))];
}

Thing any_thing(Draws& draws) {
  const NamedColour& colour = any_of(kColours, draws);
  const Figure figure = any_of(kThings, draws);
  return {figure, colour.colour, fmt::format("{} {}", colour.name, to_string(figure))};
}

void draw(const Thing& thing, float x, float y, Draws& draws, ColourImage& image) {
  constexpr float kMiddle = (ColourImage::kSide - 1) / 2.0F;
  PlacedFigure placed{.figure = thing.figure,
                      .x = kMiddle + kApart * x + kShift * draws.bell(),
                      .y = kMiddle + kApart * y + kShift * draws.bell(),
                      .radius = draws.uniform(kSmallest, kLargest)};
  turn(placed, kTurn * draws.bell() / 2);
  image.draw(placed, thing.colour);
}

std::vector<Words> describe(const Thing& first, const Relation& relation, const Thing& second) {
  const std::array<std::string, 5> captions = {
      fmt::format("a {} {} a {}", first.name, relation.forth, second.name),
      fmt::format("there is a {} {} a {}", first.name, relation.forth, second.name),
      fmt::format("a {} {} a {}", second.name, relation.back, first.name),
      fmt::format("the {} is {} the {}", first.name, relation.forth, second.name),
      fmt::format("the {} is {} the {}", second.name, relation.back, first.name)};
  std::vector<Words> words;
  words.reserve(captions.size());
  for (const std::string& caption : captions) words.push_back(tokenise(caption));
  return words;
}

CaptionedSplit make_split(std::int64_t count, const RandomStreams& streams,
                          std::string_view purpose) {
  CHECK(count >= 0, "{} scenes", count);
  CaptionedSplit split{.shape = {3, ColourImage::kSide, ColourImage::kSide},
                       .scale = {kScale, kScale, kScale},
                       .captions = {}};
  const auto features = static_cast<std::size_t>(split.shape.features());
  split.pixels.resize(static_cast<std::size_t>(count) * features);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    Draws draws(streams.stream(purpose, i));
    const Thing first = any_thing(draws);
    Thing second = any_thing(draws);
    while (second.name == first.name) second = any_thing(draws);
    const Relation& relation = any_of(kRelations, draws);
    ColourImage image;
    const float grey = draws.uniform(kDarkest, kPalest);
    image.fill({grey, grey, grey}, {grey, grey, grey});
    draw(first, relation.x, relation.y, draws, image);
    draw(second, -relation.x, -relation.y, draws, image);
    image.write(kNoise, draws, std::span(split.pixels).subspan(i * features, features));
    split.captions.push_back(describe(first, relation, second));
  }
  return split;
}

}  // namespace

CaptionedDataset make_scenes(std::int64_t train, std::int64_t test, std::uint64_t seed) {
  const RandomStreams streams(seed);
  return {.name = "scenes",
          .train = make_split(train, streams, "scenes train"),
          .validation = make_split(0, streams, "scenes validation"),
          .test = make_split(test, streams, "scenes test")};
}

}  // namespace gradwire
