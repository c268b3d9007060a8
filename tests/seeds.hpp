// The seeds of randomised tests: always the same ones, and new ones for each round of the soak.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <ranges>

namespace gradwire {

/// `count` seeds. They begin at 0, or where the variable GRADWIRE_TEST_SEED says: a million for
/// each of its units, so that different values share no seed.
inline auto seeds(std::uint64_t count) {
  const char* given = std::getenv("GRADWIRE_TEST_SEED");
  const std::uint64_t first = given == nullptr ? 0 : std::strtoull(given, nullptr, 10) * 1'000'000;
  return std::views::iota(first, first + count);
}

}  // namespace gradwire
