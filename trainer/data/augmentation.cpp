#include "trainer/data/augmentation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/bernoulli_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "netmodel/check.hpp"
#include "trainer/data/vocabulary.hpp"

namespace gradwire {
namespace {

// Which pixel of a side each pixel is taken from.
std::vector<int> sources(int side, int moved, bool is_mirrored) {
  std::vector<int> from(static_cast<std::size_t>(side));
  for (int i = 0; i < side; ++i) {
    const int before = std::clamp(i - moved, 0, side - 1);
    from[static_cast<std::size_t>(i)] = is_mirrored ? side - 1 - before : before;
  }
  return from;
}

// From the planes `before` to as many at `to`.
void move_pixels(const SampleShape& picture, const std::vector<int>& rows,
                 const std::vector<int>& columns, const std::vector<float>& before, float* to) {
  for (int channel = 0; channel < picture.channels; ++channel) {
    for (const int y : rows) {
      const float* line =
          before.data() + (std::ptrdiff_t{channel} * picture.height + y) * picture.width;
      for (const int x : columns) *to++ = line[x];
    }
  }
}

}  // namespace

std::string identity(const Augmentation& augmentation) {
  return fmt::format("flip {} shift {} hide words {}", augmentation.flip, augmentation.shift,
                     augmentation.hide_words);
}

void check_can_augment(const Augmentation& augmentation, const SampleShape& sample) {
  if (!augmentation.moves_pixels() || sample.height > 1) return;
  throw std::invalid_argument(
      fmt::format("flip {} and shift {} of {} features a sample; allowed: of pictures",
                  augmentation.flip, augmentation.shift, sample.features()));
}

void augment(const Augmentation& augmentation, const SampleShape& picture, int row,
             std::span<float> inputs, RandomEngine engine) {
  const int features = picture.features();
  CHECK(row >= features && inputs.size() % static_cast<std::size_t>(row) == 0,
        "{} numbers in rows of {} with pictures of {}", inputs.size(), row, features);
  boost::random::bernoulli_distribution<double> is_mirrored(augmentation.flip);
  boost::random::uniform_int_distribution<int> pixels(-augmentation.shift, augmentation.shift);
  boost::random::bernoulli_distribution<double> is_hidden(augmentation.hide_words);
  std::vector<float> before(static_cast<std::size_t>(features));
  for (std::size_t begin = 0; begin < inputs.size(); begin += static_cast<std::size_t>(row)) {
    float* const sample = inputs.data() + begin;
    if (augmentation.moves_pixels()) {
      const bool mirrored = is_mirrored(engine);
      const std::vector<int> rows = sources(picture.height, pixels(engine), false);
      const std::vector<int> columns = sources(picture.width, pixels(engine), mirrored);
      std::copy_n(sample, features, before.data());
      move_pixels(picture, rows, columns, before, sample);
    }
    if (is_hidden(engine)) {
      std::fill_n(sample + features, row - features, float{Vocabulary::kPadding});
    }
  }
}

}  // namespace gradwire
