#include "sim/results/human.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>

namespace gradwire {
namespace {

struct Unit {
  std::string_view name;
  double size;
  double from;  // the smallest value that is written in this unit
};

// What rounds to 1000 of a unit is written as 1.00 of the next.
constexpr double kRoundsUp = 0.9995;

constexpr std::array kTimeUnits = {Unit{"h", 3600, 7200},
                                   Unit{"min", 60, 120},
                                   Unit{"s", 1, kRoundsUp},
                                   Unit{"ms", 1e-3, kRoundsUp * 1e-3},
                                   Unit{"us", 1e-6, kRoundsUp * 1e-6},
                                   Unit{"ns", 1e-9, 0}};
constexpr std::array kByteUnits = {
    Unit{"TB", 1e12, kRoundsUp * 1e12}, Unit{"GB", 1e9, kRoundsUp * 1e9},
    Unit{"MB", 1e6, kRoundsUp * 1e6}, Unit{"kB", 1e3, kRoundsUp * 1e3}, Unit{"B", 1, 0}};

template <std::size_t size>
const Unit& unit_for(double value, const std::array<Unit, size>& units) {
  for (const Unit& unit : units) {
    if (std::abs(value) >= unit.from) return unit;
  }
  return units.back();
}

// The decimals that give three significant digits, as far as there are any after the point.
int decimals_for(double value) {
  const double size = std::abs(value);
  return size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
}

}  // namespace

std::string TimeFormat::number(double seconds) const {
  return fmt::format("{:.{}f}", seconds / unit_seconds, decimals);
}

std::string TimeFormat::with_unit(double seconds) const {
  return fmt::format("{} {}", number(seconds), unit);
}

TimeFormat time_format(double seconds) {
  if (seconds == 0) return {"s", 1, 0};
  const Unit& unit = unit_for(seconds, kTimeUnits);
  return {unit.name, unit.size, decimals_for(seconds / unit.size)};
}

std::string human_bytes(std::int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  const Unit& unit = unit_for(value, kByteUnits);
  const int decimals = unit.size == 1 ? 0 : decimals_for(value / unit.size);
  return fmt::format("{:.{}f} {}", value / unit.size, decimals, unit.name);
}

}  // namespace gradwire
