#include "trainer/data/shapes.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "trainer/data/figures.hpp"

namespace gradwire {
namespace {

TEST(Figures, HaveTheAreasOfTheirForms) {
  // Counted over a grid of 1/200 in the square [-1, 1]^2.
  const double pi = 3.14159265358979;
  // The pentagram of radius 1: ten triangles from the centre to a tip (distance 1) and the next
  // corner of the inner pentagon (distance cos 72 / cos 36), 36 degrees apart.
  const double star = 10 * 0.5 * (0.309016994 / 0.809016994) * 0.587785252;
  // The disc less its lens with the disc of radius 0.75 around (0.5, 0): the two circular segments
  // on either side of the common chord, at x = (1 - 0.75^2 + 0.25) / (2 * 0.5) = 0.6875.
  const auto segment = [](double radius, double distance) {
    return radius * radius * std::acos(distance / radius) -
           distance * std::sqrt(radius * radius - distance * distance);
  };
  const double lens = segment(1, 0.6875) + segment(0.75, 0.5 - 0.6875);
  const std::array<double, kFigures> areas = {
      pi * 0.85 * 0.85,              // disc
      pi * (1 - 0.55 * 0.55),        // ring
      pi / 2,                        // half disc
      0.75 * std::sqrt(3.0),         // equilateral triangle in a circle of radius 1
      1.4 * 1.4,                     // square
      1.9 * 0.6,                     // bar
      2 * 1.9 * 0.54 - 0.54 * 0.54,  // cross
      star,
      pi - lens,
      1.4 * 1.4 - 0.85 * 0.85,  // corner
  };
  for (int figure = 0; figure < kFigures; ++figure) {
    int inside = 0;
    for (int row = 0; row < 400; ++row) {
      for (int column = 0; column < 400; ++column) {
        const float x = (static_cast<float>(column) + 0.5F) / 200 - 1;
        const float y = (static_cast<float>(row) + 0.5F) / 200 - 1;
        inside += contains(static_cast<Figure>(figure), x, y) ? 1 : 0;
      }
    }
    const auto index = static_cast<std::size_t>(figure);
    EXPECT_NEAR(inside / 40000.0, areas[index], 0.01) << to_string(static_cast<Figure>(figure));
  }
}

TEST(Figures, ADrawingIsTurnedAntialiasedAndKeptInsideTheImage) {
  ColourImage image;
  image.fill({0, 0, 0}, {0, 0, 0});
  // A bar of half-lengths 9.5 and 3 around (16, 16), turned by 90 degrees: tan(90 / 2) = 1.
  PlacedFigure bar{.figure = Figure::bar, .x = 16, .y = 16, .radius = 10};
  turn(bar, 1);
  image.draw(bar, {1, 0.5F, 0});
  Draws draws(RandomStreams(1).stream("noise"));
  std::array<std::uint8_t, 3 * ColourImage::kPixels> bytes{};
  image.write(0, draws, bytes);
  const auto red = [&](int row, int column) { return bytes.at(std::size_t(row) * 32 + column); };
  EXPECT_EQ(red(8, 16), 255);                     // 8 above the centre: inside
  EXPECT_EQ(red(16, 8), 0);                       // 8 to the left: outside
  EXPECT_EQ(red(16, 19), 170);                    // on the edge x = 19: two of three columns
  EXPECT_EQ(bytes.at(1024 + 16 * 32 + 16), 128);  // half of green, rounded
  EXPECT_EQ(bytes.at(2048 + 16 * 32 + 16), 0);

  image.draw({.figure = Figure::disc, .x = -50, .y = 80, .radius = 5}, {1, 1, 1});
  image.draw({.figure = Figure::disc, .x = 0, .y = 31, .radius = 5}, {1, 1, 1});
  image.write(0, draws, bytes);
  EXPECT_EQ(red(31, 0), 255);
}

TEST(Shapes, HaveTheShapeOfCifar10) {
  const Dataset shapes = make_shapes(30, 20, 1);
  EXPECT_EQ(shapes.name, "shapes");
  EXPECT_EQ(shapes.train.shape, (SampleShape{3, 32, 32}));
  EXPECT_EQ(shapes.train.classes, 10);
  EXPECT_EQ(shapes.train.scale.size(), 3U);
  EXPECT_EQ(shapes.train.size(), 30);
  EXPECT_EQ(shapes.test.pixels.size(), 20U * 3072);
}

TEST(Shapes, AreTheSameBytesEverywhere) {
  // The checksum of these pixels and labels, whatever the compiler's options and the processor: a
  // change of it changes every experiment with this data set.
  const Dataset shapes = make_shapes(200, 0, 42);
  const auto checksum = [](const std::vector<std::uint8_t>& bytes) {
    return crc32(0, bytes.data(), static_cast<unsigned>(bytes.size()));
  };
  EXPECT_EQ(checksum(shapes.train.pixels), 513055652U);
  EXPECT_EQ(checksum(shapes.train.labels), 821643251U);
}

TEST(Shapes, AnImageDoesNotDependOnHowManyThereAre) {
  const Dataset few = make_shapes(10, 5, 1);
  const Dataset many = make_shapes(40, 20, 1);
  EXPECT_TRUE(std::ranges::equal(few.train.pixels,
                                 std::span(many.train.pixels).first(few.train.pixels.size())));
  EXPECT_TRUE(std::ranges::equal(few.test.labels, std::span(many.test.labels).first(5)));
  EXPECT_NE(few.train.pixels, make_shapes(10, 0, 2).train.pixels);
}

TEST(Shapes, ClassesAreBalancedAndPixelsFitTheirScale) {
  const Dataset shapes = make_shapes(2000, 0, 3);
  // Of 2000 labels each class takes 200, with a deviation of sqrt(2000 * 0.09) = 13.4.
  for (int label = 0; label < kFigures; ++label) {
    EXPECT_NEAR(std::ranges::count(shapes.train.labels, label), 200, 5 * 13.4) << label;
  }
  double sum = 0;
  double squares = 0;
  for (const std::uint8_t pixel : shapes.train.pixels) {
    sum += pixel / 255.0;
    squares += (pixel / 255.0) * (pixel / 255.0);
  }
  const auto count = static_cast<double>(shapes.train.pixels.size());
  const double mean = sum / count;
  EXPECT_NEAR(mean, shapes.train.scale[0].mean, 0.03);
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean), shapes.train.scale[0].deviation, 0.06);
}

}  // namespace
}  // namespace gradwire
