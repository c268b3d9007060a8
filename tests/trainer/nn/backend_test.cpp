#include "trainer/nn/backend.hpp"

#include <gmock/gmock.h>
#include <omp.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace gradwire {
namespace {

TEST(Backend, ThreadsAreSetForTheCallingThreadOnly) {
  use_threads(1);
  int other = 0;
  std::thread([&] {
    use_threads(3);
    other = omp_get_max_threads();
  }).join();
  EXPECT_EQ(other, 3);
  EXPECT_EQ(omp_get_max_threads(), 1);
}

TEST(Backend, RefusesNoThreads) {
  try {
    use_threads(0);
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "0 threads; allowed: at least 1");
  }
}

TEST(Backend, NamesTheInstructionSet) {
  // The build's own baseline is AVX2, so nothing older can be running this.
  EXPECT_THAT(isa_name(), testing::StartsWith("avx"));
}

}  // namespace
}  // namespace gradwire
