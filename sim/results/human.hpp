// Numbers for people: three significant digits and a unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gradwire {

/// How a time is written: its unit and the decimals that give three significant digits. Made for
/// one time, it also writes that time's interval, so that all three can be compared at a glance.
struct TimeFormat {
  std::string_view unit;  // ns, us, ms, s; from two minutes on min, from two hours on h
  double unit_seconds = 1;
  int decimals = 0;

  std::string number(double seconds) const;     // "12.3"
  std::string with_unit(double seconds) const;  // "12.3 ms"
};

TimeFormat time_format(double seconds);

/// "1.23 GB", in powers of 1000; "512 B".
std::string human_bytes(std::int64_t bytes);

}  // namespace gradwire
