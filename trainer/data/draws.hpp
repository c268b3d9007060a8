// Random numbers for generated images, by arithmetic that every machine does alike to the last bit.
#pragma once

#include <cstdint>

#include "netmodel/random_streams.hpp"

namespace gradwire {

class Draws {
 public:
  explicit Draws(RandomEngine engine) : engine_(engine) {}

  /// In [low, high).
  float uniform(float low, float high) {
    return low + (high - low) * (static_cast<float>(engine_() >> 40) * 0x1p-24F);
  }

  /// Mean 0 and variance 1: the sum of three numbers uniform in [-1, 1), each of variance 1/3.
  float bell() {
    float sum = uniform(-1, 1);
    sum += uniform(-1, 1);
    return sum + uniform(-1, 1);
  }

  /// In [0, count).
  int below(int count) {
    return static_cast<int>((engine_() >> 32) * static_cast<std::uint64_t>(count) >> 32);
  }

 private:
  RandomEngine engine_;
};

}  // namespace gradwire
