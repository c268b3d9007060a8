// Limits that the program's arithmetic can hold with room to spare; none of them is in the way of a
// scenario that could be run.
#pragma once

#include <chrono>
#include <cstdint>

#include "sim/scenario/value.hpp"

namespace gradwire {

inline constexpr std::int64_t kSamplesMax = 1'000'000'000;
inline constexpr std::int64_t kStepsMax = 1'000'000'000;
inline constexpr std::int64_t kEpochsMax = 1'000'000;
/// The largest exact integer of JSON, 2^53-1.
inline constexpr std::int64_t kSeedMax = 9'007'199'254'740'991;
inline constexpr std::int64_t kHostsMax = 100'000;
inline constexpr NumberType kFactor = {.min = 0.0001, .max = 1'000'000.0};
inline constexpr IntegerType kWeight = {1, 1'000};
inline constexpr RateType kBandwidth = {{1'000}, {800'000'000'000}};
inline constexpr DurationType kDelay = {std::chrono::nanoseconds(0), std::chrono::seconds(60)};
inline constexpr BytesType kBuffer = {{0}, {std::int64_t{1} << 40}};
inline constexpr DurationType kTimeSpan = {std::chrono::nanoseconds(1), std::chrono::hours(24)};

}  // namespace gradwire
