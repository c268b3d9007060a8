#include "trainer/data/pen.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace gradwire {
namespace {

constexpr int kSide = Canvas::kSide;

float at(Canvas& canvas, int row, int column) { return canvas.rows()[row][column]; }

TEST(Flatten, PassesThroughEveryPoint) {
  const std::vector<PathPoint> path = {
      {{0, 0}, false}, {{3, 1}, false}, {{4, 5}, true}, {{0, 7}, false}};
  std::vector<PagePoint> line;
  flatten(path, 5, line);
  ASSERT_EQ(line.size(), 1U + 3 * 5);
  for (std::size_t i = 0; i < path.size(); ++i) {
    EXPECT_NEAR(line[5 * i].x, path[i].at.x, 1e-6);
    EXPECT_NEAR(line[5 * i].y, path[i].at.y, 1e-6);
  }
}

TEST(Flatten, EvenlySpacedPointsOfALineStayOnIt) {
  // Catmull-Rom tangents of points on a line are along it; in the middle piece both are the step
  // itself, and the piece is traversed evenly.
  std::vector<PagePoint> line;
  flatten(
      std::vector<PathPoint>{{{0, 0}, false}, {{2, 1}, false}, {{4, 2}, false}, {{6, 3}, false}}, 4,
      line);
  for (const PagePoint& point : line) EXPECT_NEAR(point.y, point.x / 2, 1e-6);
  EXPECT_NEAR(line[5].x, 2.5, 1e-6);
  EXPECT_NEAR(line[6].x, 3, 1e-6);
}

TEST(Flatten, ACornerDoesNotBendItsPieces) {
  // Without the corner, the tangent at (1, 0) is along (1, 1) and lifts the first piece off y = 0.
  for (const bool corner : {false, true}) {
    std::vector<PagePoint> line;
    flatten(std::vector<PathPoint>{{{0, 0}, false}, {{1, 0}, corner}, {{1, 1}, false}}, 2, line);
    EXPECT_EQ(line[1].y == 0, corner) << line[1].y;
  }
}

TEST(Canvas, AHorizontalLineCoversItsWidth) {
  // Radius 1.25 about row 10: rows 9 to 11 are covered, of rows 8 and 12 none, for their centres
  // are 2 away and the edge lies at 1.25 + 0.5; with 1.75, a quarter of them.
  Canvas canvas;
  const std::array<PagePoint, 2> line = {PagePoint{5, 10}, PagePoint{20, 10}};
  canvas.draw(line, 1.25F, 1.25F);
  EXPECT_FLOAT_EQ(at(canvas, 10, 12), 1);
  EXPECT_FLOAT_EQ(at(canvas, 9, 12), 0.75F);
  EXPECT_FLOAT_EQ(at(canvas, 11, 12), 0.75F);
  EXPECT_FLOAT_EQ(at(canvas, 8, 12), 0);
  canvas.draw(line, 1.75F, 1.75F);
  EXPECT_FLOAT_EQ(at(canvas, 8, 12), 0.25F);
  EXPECT_FLOAT_EQ(at(canvas, 10, 5), 1);
  EXPECT_FLOAT_EQ(at(canvas, 10, 3), 0.25F);  // the round end, 2 from (5, 10)
  EXPECT_FLOAT_EQ(at(canvas, 10, 2), 0);
}

TEST(Canvas, ThePenGetsWiderAlongTheLine) {
  Canvas canvas;
  canvas.draw(std::array<PagePoint, 3>{PagePoint{4, 14}, PagePoint{14, 14}, PagePoint{24, 14}},
              0.5F, 2.5F);
  // At column 14, half way, the radius is 1.5: a row 1 away is covered, a row 2 away is not.
  EXPECT_NEAR(at(canvas, 13, 14), 1, 1e-6);
  EXPECT_NEAR(at(canvas, 12, 14), 0, 1e-6);
  // At the end it is 2.5: a row 2 away is covered.
  EXPECT_NEAR(at(canvas, 12, 24), 1, 1e-6);
}

TEST(Canvas, WhatLeavesTheImageIsCutOff) {
  Canvas canvas;
  canvas.draw(std::array<PagePoint, 2>{PagePoint{-40, 14}, PagePoint{90, 14}}, 1, 1);
  canvas.draw(std::array<PagePoint, 2>{PagePoint{-9, -9}, PagePoint{-5, -7}}, 1, 1);
  canvas.draw(std::array<PagePoint, 2>{PagePoint{40, 41}, PagePoint{42, 45}}, 1, 1);
  for (int column = 0; column < kSide; ++column) EXPECT_FLOAT_EQ(at(canvas, 14, column), 1);
  EXPECT_FLOAT_EQ(at(canvas, 0, 0), 0);
  EXPECT_FLOAT_EQ(at(canvas, kSide - 1, kSide - 1), 0);
}

TEST(Canvas, ADotHasNoLength) {
  Canvas canvas;
  canvas.draw(std::array<PagePoint, 2>{PagePoint{10, 10}, PagePoint{10, 10}}, 1, 1);
  EXPECT_FLOAT_EQ(at(canvas, 10, 10), 1);
  EXPECT_FLOAT_EQ(at(canvas, 10, 11), 0.5F);
}

TEST(Canvas, BlurSpreadsInk) {
  for (const auto& [row, column] : {std::pair{10, 10}, std::pair{0, 0}, std::pair{27, 27}}) {
    Canvas canvas;
    canvas.rows()[row][column] = 1;
    canvas.blur(0.5F);
    // Half of it stays, half is spread by 1-2-1 / 4 each way: 4/16 to itself, 2/16 and 1/16.
    EXPECT_FLOAT_EQ(at(canvas, row, column), 0.5F + 0.5F * 4 / 16);
    const int inward = row == 0 ? 1 : -1;
    EXPECT_FLOAT_EQ(at(canvas, row + inward, column), 0.5F * 2 / 16);
    EXPECT_FLOAT_EQ(at(canvas, row, column + inward), 0.5F * 2 / 16);
    EXPECT_FLOAT_EQ(at(canvas, row + inward, column + inward), 0.5F * 1 / 16);
    EXPECT_FLOAT_EQ(at(canvas, row + 2 * inward, column), 0);
  }
}

}  // namespace
}  // namespace gradwire
