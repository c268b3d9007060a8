// How the latency of a network varies: the distributions that the kernel's netem has, too.
#pragma once

#include <cstdint>

#include "netmodel/random_streams.hpp"
#include "netmodel/units.hpp"

namespace gradwire {

enum class JitterShape : std::uint8_t {
  uniform,  ///< from 0 to the jitter
  normal,   ///< mean and standard deviation of half the jitter, up to 4 deviations from the mean
  pareto,   ///< likewise, with a long tail: Pareto's distribution of shape 3
};

/// What is added to the latency; negative where a normal one falls below it. As tc-netem(8) makes
/// it of `delay LATENCY+JITTER/2 JITTER/2 distribution SHAPE`, with its tables (iproute2,
/// netem/normal.c and netem/pareto.c) computed instead of looked up.
Duration draw_jitter(JitterShape shape, Duration jitter, RandomEngine& random);

}  // namespace gradwire
