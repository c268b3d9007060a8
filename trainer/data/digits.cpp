#include "trainer/data/digits.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "netmodel/check.hpp"
#include "netmodel/random_streams.hpp"
#include "trainer/data/digit_glyphs.hpp"
#include "trainer/data/draws.hpp"
#include "trainer/data/pen.hpp"

namespace gradwire {
namespace {

// How much handwriting varies. Chosen by eye beside MNIST's own images, and so that learning is
// about as hard: see make_digits. A deviation is a standard deviation.

// The shape, in shares of the digit's height.
constexpr float kWobble = 0.055F;      // deviation of a key point
constexpr float kWobbleMemory = 0.7F;  // correlation of neighbouring key points' deviations
constexpr float kSlantMean = 0.12F;    // shear: most people lean to the right
constexpr float kSlant = 0.22F;        // its deviation
constexpr float kTurn = 0.13F;         // deviation of the rotation, radians
constexpr float kNarrowest = 0.7F;     // width against the glyph's
constexpr float kWidest = 1.3F;
constexpr int kPieces = 6;  // straight pieces between two key points

// Its place, in pixels.
constexpr float kSmallest = 15.5F;  // larger side of the box around the line
constexpr float kLargest = 18.5F;
constexpr float kShift = 0.6F;    // deviation of the centre from the middle
constexpr float kMargin = 3.0F;   // of the line, where there is no elastic displacement
constexpr float kElastic = 1.1F;  // deviation of the elastic displacement

// The pen, in pixels; the ink, in shares of black.
constexpr float kThinnest = 0.7F;  // radius
constexpr float kThickest = 1.55F;
constexpr float kPressure = 0.2F;   // deviation of the radius at the ends of a stroke
constexpr float kLeastBlur = 0.3F;  // see Canvas::blur
constexpr float kPalest = 0.95F;    // what exceeds 1 is cut off
constexpr float kDarkest = 1.35F;
constexpr float kGrain = 0.08F;  // deviation from pixel to pixel

// A smooth random displacement of every point of the image: the elastic distortion of Simard,
// Steinkraus, Platt, "Best practices for convolutional neural networks applied to visual document
// analysis", ICDAR 2003: uniform random vectors, smoothed by a Gaussian of 4 pixels. They are drawn
// on a grid of 4 pixels, where the binomial filter 1-4-6-4-1 has that deviation, one grid cell.
class ElasticField {
 public:
  ElasticField(Draws& draws, float deviation) {
    // The filter leaves (1 + 16 + 36 + 16 + 1) / 16^2 = 70/256 of the variance in each direction.
    const float scale = deviation * std::sqrt(3.0F) * (256.0F / 70);
    std::array<std::array<PagePoint, kDrawn>, kDrawn> drawn;
    for (auto& row : drawn) {
      for (PagePoint& point : row)
        point = {scale * draws.uniform(-1, 1), scale * draws.uniform(-1, 1)};
    }
    for (int row = 0; row < kGrid; ++row) {
      for (int column = 0; column < kGrid; ++column) {
        PagePoint sum{0, 0};
        for (int i = 0; i < 5; ++i) {
          for (int j = 0; j < 5; ++j) {
            const float weight = kBinomial[i] * kBinomial[j];
            sum.x += weight * drawn[row + i][column + j].x;
            sum.y += weight * drawn[row + i][column + j].y;
          }
        }
        grid_[row][column] = sum;
      }
    }
  }

  /// The point after its displacement; bilinear between the points of the grid.
  PagePoint moved(PagePoint at) const {
    const float x = std::clamp(at.x / kCell, 0.0F, kGrid - 1.001F);
    const float y = std::clamp(at.y / kCell, 0.0F, kGrid - 1.001F);
    const int column = static_cast<int>(x);
    const int row = static_cast<int>(y);
    const float right = x - static_cast<float>(column);
    const float down = y - static_cast<float>(row);
    const auto mix = [&](auto member) {
      const float above =
          grid_[row][column].*member * (1 - right) + grid_[row][column + 1].*member * right;
      const float below =
          grid_[row + 1][column].*member * (1 - right) + grid_[row + 1][column + 1].*member * right;
      return above * (1 - down) + below * down;
    };
    return {at.x + mix(&PagePoint::x), at.y + mix(&PagePoint::y)};
  }

 private:
  static constexpr float kCell = 4;
  static constexpr int kGrid = 8;  // 0, 4, ... 28
  static constexpr int kDrawn = kGrid + 4;
  static constexpr std::array<float, 5> kBinomial = {1.0F / 16, 4.0F / 16, 6.0F / 16, 4.0F / 16,
                                                     1.0F / 16};

  std::array<std::array<PagePoint, kGrid>, kGrid> grid_;
};

// Writes digits; keeps its buffers between them.
class Writer {
 public:
  /// Writes the digit into `pixels`, Canvas::kSide squared.
  void write(int digit, Draws& draws, std::uint8_t* pixels) {
    trace(pick(glyphs_[static_cast<std::size_t>(digit)], draws), draws);
    place(draws);
    ink(draws, pixels);
  }

 private:
  static const Glyph& pick(const std::vector<Glyph>& variants, Draws& draws) {
    int total = 0;
    for (const Glyph& glyph : variants) total += glyph.weight;
    int choice = draws.below(total);
    auto glyph = variants.begin();
    while (choice >= glyph->weight) choice -= (glyph++)->weight;
    return *glyph;
  }

  // Fills line_ and ends_ with the shape of the digit, its height about 1, slanted and turned.
  void trace(const Glyph& glyph, Draws& draws) {
    line_.clear();
    ends_.clear();
    const float width = draws.uniform(kNarrowest, kWidest);
    const float slant = kSlantMean + kSlant * draws.bell();
    // Cosine and sine from t = tan(angle / 2): exact arithmetic, where those of the C library
    // differ between versions. The angles are small: t is half the angle.
    const float t = 0.5F * kTurn * draws.bell();
    const float cosine = (1 - t * t) / (1 + t * t);
    const float sine = 2 * t / (1 + t * t);
    const float innovation = std::sqrt(1 - kWobbleMemory * kWobbleMemory);
    for (const Stroke& stroke : glyph.strokes) {
      path_.clear();
      PagePoint wobble{draws.bell(), draws.bell()};
      for (const KeyPoint& key : stroke) {
        const float x = 0.01F * static_cast<float>(key.x) - 0.5F + kWobble * wobble.x;
        const float y = 0.01F * static_cast<float>(key.y) - 0.5F + kWobble * wobble.y;
        const float slanted = width * x - slant * y;
        path_.push_back({{cosine * slanted - sine * y, sine * slanted + cosine * y}, key.corner});
        wobble = {kWobbleMemory * wobble.x + innovation * draws.bell(),
                  kWobbleMemory * wobble.y + innovation * draws.bell()};
      }
      flatten(path_, kPieces, line_);
      ends_.push_back(line_.size());
    }
  }

  // Scales the line to its size in the image and puts its centre of mass near the middle, as those
  // who made MNIST did, but keeps it off the edges; then distorts it.
  void place(Draws& draws) {
    const auto [left, right] = std::ranges::minmax(line_, {}, &PagePoint::x);
    const auto [top, bottom] = std::ranges::minmax(line_, {}, &PagePoint::y);
    const float scale =
        draws.uniform(kSmallest, kLargest) / std::max(right.x - left.x, bottom.y - top.y);
    PagePoint sum{0, 0};
    for (const PagePoint& point : line_) sum = {sum.x + point.x, sum.y + point.y};
    const auto count = static_cast<float>(line_.size());
    const float middle = 0.5F * (Canvas::kSide - 1);
    const auto offset = [&](float mean, float low, float high) {
      return std::clamp(middle + kShift * draws.bell() - scale * mean, kMargin - scale * low,
                        Canvas::kSide - 1 - kMargin - scale * high);
    };
    const PagePoint to{offset(sum.x / count, left.x, right.x),
                       offset(sum.y / count, top.y, bottom.y)};
    const ElasticField field(draws, kElastic);
    for (PagePoint& point : line_) {
      point = field.moved({scale * point.x + to.x, scale * point.y + to.y});
    }
  }

  void ink(Draws& draws, std::uint8_t* pixels) {
    canvas_.clear();
    const float radius = draws.uniform(kThinnest, kThickest);
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      const float change = kPressure * draws.bell();
      canvas_.draw(std::span(line_).subspan(begin, end - begin),
                   std::max(radius - change, 0.5F * radius),
                   std::max(radius + change, 0.5F * radius));
      begin = end;
    }
    canvas_.blur(draws.uniform(kLeastBlur, 1));
    const float darkness = draws.uniform(kPalest, kDarkest);
    for (const Canvas::Row& row : canvas_.rows()) {
      for (const float ink : row) {
        const float grain = ink > 0 ? 1 + kGrain * draws.bell() : 1;
        const float level = std::clamp(256 * darkness * ink * grain, 0.0F, 255.0F);
        *pixels++ = static_cast<std::uint8_t>(level);
      }
    }
  }

  std::array<std::vector<Glyph>, 10> glyphs_ = digit_glyphs();
  std::vector<PathPoint> path_;
  std::vector<PagePoint> line_;
  std::vector<std::size_t> ends_;  // of each stroke in line_
  Canvas canvas_;
};

Split make_split(std::int64_t count, const RandomStreams& streams, std::string_view purpose) {
  CHECK(count >= 0, "{} images", count);
  constexpr std::size_t kPixels = std::size_t{Canvas::kSide} * Canvas::kSide;
  const auto size = static_cast<std::size_t>(count);
  Split split{.shape = {1, Canvas::kSide, Canvas::kSide}, .classes = 10};
  split.pixels.resize(size * kPixels);
  split.labels.resize(size);
  Writer writer;
  for (std::size_t i = 0; i < size; ++i) {
    Draws draws(streams.stream(purpose, i));
    const int digit = draws.below(split.classes);
    split.labels[i] = static_cast<std::uint8_t>(digit);
    writer.write(digit, draws, split.pixels.data() + i * kPixels);
  }
  return split;
}

}  // namespace

Dataset make_digits(std::int64_t train, std::int64_t test, std::uint64_t seed) {
  const RandomStreams streams(seed);
  return {.name = "digits",
          .train = make_split(train, streams, "digits train"),
          .test = make_split(test, streams, "digits test")};
}

}  // namespace gradwire
