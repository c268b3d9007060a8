// The quantities of the network model as types: durations, amounts of data, rates; and their
// parser.
//
// A quantity in a scenario always carries its unit ("10Mbit", "200us", "64KiB", "1%"). Parsing is
// exact: a value that is not a whole number of nanoseconds, bytes or bits per second is refused.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gradwire {

/// Integer nanoseconds.
using Duration = std::chrono::nanoseconds;

/// Tags TimePoint; it has no now(), so that no code can read a clock that was not handed to it.
struct RunClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<RunClock, Duration>;
  static constexpr bool is_steady = true;
};

/// Nanoseconds since the start of the run.
using TimePoint = RunClock::time_point;

/// An amount of data. Never negative in a scenario; differences may be.
struct Bytes {
  std::int64_t count = 0;

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
  friend constexpr Bytes operator*(Bytes a, std::int64_t factor) { return {a.count * factor}; }
  constexpr Bytes& operator+=(Bytes other) {
    count += other.count;
    return *this;
  }
};

/// A data rate in bits per second, from 1 kbit/s to 800 Gbit/s in a scenario.
struct BitsPerSecond {
  std::int64_t count = 0;

  friend constexpr auto operator<=>(BitsPerSecond, BitsPerSecond) = default;
};

/// A quantity that cannot be read; what() says what is wrong and which units are allowed.
class UnitError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// "200us", "1.5ms", "2min"; units ns, us, ms, s, min, h. Throws UnitError.
Duration parse_duration(std::string_view text);

/// "64KiB", "25MB"; units B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB, TiB (of 1024).
/// Throws UnitError.
Bytes parse_bytes(std::string_view text);

/// "10Mbit", "1.5Gbit"; units bit, kbit, Mbit, Gbit, Tbit, or the same as "Mbit/s" or "Mbps".
/// Throws UnitError.
BitsPerSecond parse_rate(std::string_view text);

/// "1%", "0.5%": returns the fraction, 0.01 and 0.005. Throws UnitError.
double parse_percentage(std::string_view text);

/// "50Gflops", "1.2Tflops": floating-point operations a second; units flops, kflops, Mflops,
/// Gflops, Tflops. Throws UnitError.
double parse_flops(std::string_view text);

/// The shortest text that the parser reads back as the same value, e.g. "1.5ms".
std::string to_string(Duration duration);
std::string to_string(Bytes bytes);
std::string to_string(BitsPerSecond rate);

/// Seconds as a floating-point number, for reports; never for further simulation.
constexpr double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// The nearest whole number of nanoseconds; for measured times that enter a calibration.
Duration from_seconds(double seconds);

}  // namespace gradwire
