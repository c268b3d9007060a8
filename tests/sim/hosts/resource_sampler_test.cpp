#include "sim/hosts/resource_sampler.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace gradwire {
namespace {

// The kernel counts in ticks of 10 ms: twenty of them are seen.
TEST(ResourceSampler, SeesWhatItsOwnProcessUses) {
  ResourceSampler sampler(3);
  const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 5;
  while (std::clock() < end) {
  }
  const std::vector<ResourceSample> samples = sampler.stop();
  ASSERT_FALSE(samples.empty());
  double used = 0.0;
  double before = 0.0;
  for (const ResourceSample& sample : samples) {
    EXPECT_EQ(sample.rank, 3);
    EXPECT_GT(sample.seconds, before);
    EXPECT_GT(sample.memory_bytes, 500'000);
    used += sample.cpu_share * (sample.seconds - before);
    before = sample.seconds;
  }
  EXPECT_GT(used, 0.1);
}

}  // namespace
}  // namespace gradwire
