// What gloo_case.cpp and mpi_case.cpp sum, how they check it, and how they print their times. The
// values are those of bench/collective_case.cpp.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <vector>

// Small whole numbers, which sum without rounding.
inline float value_of(int rank, std::size_t element) {
  return static_cast<float>(rank + 1 + static_cast<int>(element % 7));
}

inline void fill(std::vector<float>& values, int rank) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_of(rank, i);
}

inline void check_sums(const std::vector<float>& values, int ranks) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    float expected = 0.0F;
    for (int rank = 0; rank < ranks; ++rank) expected += value_of(rank, i);
    if (values[i] == expected) continue;
    std::fprintf(stderr, "element %zu: %g and not %g\n", i, values[i], expected);
    std::exit(1);
  }
}

inline void print(const std::vector<double>& seconds) {
  std::printf("{\"seconds\": [");
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    std::printf("%s%.9f", i == 0 ? "" : ", ", seconds[i]);
  }
  std::printf("]}\n");
}
