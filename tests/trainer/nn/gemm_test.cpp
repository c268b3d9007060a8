// The matrix product, and the one with a matrix that stays.
#include "trainer/nn/gemm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "netmodel/random_streams.hpp"
#include "trainer/nn/packed_matrix.hpp"

namespace gradwire {
namespace {

template <typename Scalar>
std::vector<Scalar> random_matrix(RandomEngine& engine, std::int64_t size) {
  std::vector<Scalar> values(static_cast<std::size_t>(size));
  for (Scalar& value : values) {
    value = static_cast<Scalar>(static_cast<double>(engine() >> 11) * 0x1p-52 - 1.0);
  }
  return values;
}

TEST(Gemm, DoubleIsThePlainProduct) {
  // [1 2 3; 4 5 6] times [7 8; 9 10; 11 12] = [7+18+33, 8+20+36; 28+45+66, 32+50+72].
  const std::vector<double> a = {1, 2, 3, 4, 5, 6};
  const std::vector<double> b = {7, 8, 9, 10, 11, 12};
  const std::vector<double> a_transposed = {1, 4, 2, 5, 3, 6};
  const std::vector<double> b_transposed = {7, 9, 11, 8, 10, 12};
  const std::vector<double> expected = {58, 64, 139, 154};
  const GemmShape shape{.rows = 2, .columns = 2, .depth = 3};
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      std::vector<double> c(4, -1);
      gemm<double>(shape, {ta ? a_transposed.data() : a.data(), ta},
                   {tb ? b_transposed.data() : b.data(), tb}, c.data());
      EXPECT_EQ(c, expected) << ta << tb;
    }
  }
}

TEST(Gemm, FloatAgreesWithDoubleForEveryTransposition) {
  RandomEngine engine = RandomStreams(7).stream("gemm");
  for (const GemmShape shape : {GemmShape{1, 1, 1}, GemmShape{3, 5, 7}, GemmShape{32, 10, 256},
                                GemmShape{17, 64, 33}, GemmShape{128, 96, 100}}) {
    const auto a = random_matrix<float>(engine, shape.rows * shape.depth);
    const auto b = random_matrix<float>(engine, shape.depth * shape.columns);
    const std::vector<double> a_double(a.begin(), a.end());
    const std::vector<double> b_double(b.begin(), b.end());
    const auto size = static_cast<std::size_t>(shape.rows * shape.columns);
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        std::vector<float> c(size, 1e9F);
        std::vector<double> expected(size);
        gemm<float>(shape, {a.data(), ta}, {b.data(), tb}, c.data());
        gemm<double>(shape, {a_double.data(), ta}, {b_double.data(), tb}, expected.data());
        // A sum of `depth` products below 1 is off by at most depth^2 roundings of 2^-24.
        const double tolerance = static_cast<double>(shape.depth * shape.depth) * 0x1p-24;
        for (std::size_t i = 0; i < size; ++i) {
          ASSERT_NEAR(c[i], expected[i], tolerance) << shape.rows << ta << tb << " at " << i;
        }
      }
    }
  }
}

// With depths and widths that fill the blocks in which oneDNN reads the matrix, and others.
TEST(PackedMatrix, GivesTheSameProductsAsGemm) {
  RandomEngine engine = RandomStreams(7).stream("packed");
  for (const auto& [depth, columns] :
       {std::pair{1, 1}, {2, 4}, {32, 64}, {80, 192}, {96, 100}, {40, 128}}) {
    PackedMatrix<float> packed(depth, columns);
    PackedMatrix<double> plain(depth, columns);
    for (const bool transposed : {false, true}) {
      const auto b = random_matrix<float>(engine, std::int64_t{depth} * columns);
      const std::vector<double> b_double(b.begin(), b.end());
      packed.set({b.data(), transposed});
      plain.set({b_double.data(), transposed});
      for (const int rows : {32, 1, 7, 45}) {
        const auto a = random_matrix<float>(engine, std::int64_t{rows} * depth);
        const std::vector<double> a_double(a.begin(), a.end());
        std::vector<float> c(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns),
                             1e9F);
        std::vector<double> from_plain(c.size(), 1e9);
        std::vector<double> expected(c.size());
        packed.multiply(rows, a.data(), c.data());
        plain.multiply(rows, a_double.data(), from_plain.data());
        gemm<double>({rows, columns, depth}, {a_double.data()}, {b_double.data(), transposed},
                     expected.data());
        EXPECT_EQ(from_plain, expected);
        const double tolerance = static_cast<double>(depth) * depth * 0x1p-24;
        for (std::size_t i = 0; i < c.size(); ++i) {
          ASSERT_NEAR(c[i], expected[i], tolerance) << rows << transposed << " at " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace gradwire
