// Costs from published figures of devices.
#include "trainer/device_profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gradwire {
namespace {

TEST(DeviceProfile, IsFoundByItsNameAndCitesItsFigures) {
  EXPECT_TRUE(std::ranges::is_sorted(device_profiles(), {}, &DeviceProfile::name));
  for (const DeviceProfile& device : device_profiles()) {
    EXPECT_EQ(find_device(device.name), &device);
    EXPECT_GT(device.peak_flops, 0);
    EXPECT_GT(device.memory_bytes, 0);
    EXPECT_GT(device.efficiency, 0);
    EXPECT_LE(device.efficiency, 1);
    EXPECT_FALSE(device.title.empty() || device.peak_source.empty() ||
                 device.efficiency_source.empty())
        << device.name;
  }
  EXPECT_EQ(find_device("a-toaster"), nullptr);
}

// 784-16-10: 2 x (784 x 16 + 16 x 10) operations forward; backward once more for the first layer
// and twice for the second: 51 136 for each of 32 rows, at 14.6 of 24 of 48 GFLOP/s: 56.039 us.
// 12 730 parameters of 4 bytes, read and written, and their gradients, at 12.8 GB/s: 11.934 us.
// Sums: two reads and a write for every bit that arrives, of 102.4 Gbit/s.
TEST(DeviceProfile, CostsWhatItsFiguresSay) {
  const DeviceProfile& device = *find_device("raspberry-pi-4");
  const Costs costs = costs_on(device, mlp({784, 16, 10}), {}, 32);
  EXPECT_NEAR(static_cast<double>(costs.gradients.of(32).count()), 56'039, 1);
  EXPECT_NEAR(static_cast<double>(costs.update.count()), 11'934, 1);
  EXPECT_EQ(costs.reduce, BitsPerSecond{34'133'333'333});
}

// Momentum is read and written too: 5 words instead of 3; both moments of adam: 7; a clipped
// gradient is read once more.
TEST(DeviceProfile, ChargesUpdatesForTheirState) {
  const DeviceProfile& device = *find_device("i7-6500u");
  const auto update = [&device](const OptimizerSpec& optimizer) {
    return to_seconds(costs_on(device, mlp({784, 512, 10}), optimizer, 1).update);
  };
  const double plain = update({});
  EXPECT_NEAR(update({.momentum = 0.9}) / plain, 5.0 / 3, 1e-3);
  EXPECT_NEAR(update({.kind = OptimizerKind::nesterov, .momentum = 0.9}) / plain, 5.0 / 3, 1e-3);
  EXPECT_NEAR(update({.kind = OptimizerKind::adam}) / plain, 7.0 / 3, 1e-3);
  EXPECT_NEAR(update({.clip_norm = 1.0}) / plain, 4.0 / 3, 1e-3);
}

// What the efficiency is from comes out again: 909 images of 3 x 8.18 GFLOP a second.
TEST(DeviceProfile, TrainsAsManyImagesAsWerePublished) {
  EXPECT_NEAR(usable_flops(*find_device("a100")) / (3 * 8.18e9), 909, 0.5);
}

}  // namespace
}  // namespace gradwire
