// CHECK: what must hold if this program is right. Always on; a failure prints the condition and the
// values, and ends the run as a bug of ours (exit code 4), never as an error of the user's.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>

namespace gradwire {

/// Thrown by CHECK.
class CheckFailure : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] inline void fail_check(const char* file, int line, const char* condition,
                                    const std::string& values) {
  throw CheckFailure(fmt::format("{}:{}: CHECK({}) failed{}{}", file, line, condition,
                                 values.empty() ? "" : ": ", values));
}

}  // namespace gradwire

/// CHECK(a < b, "a={} b={}", a, b): throws CheckFailure unless the condition holds.
#define CHECK(condition, ...)                                                                \
  do {                                                                                       \
    if (!(condition)) [[unlikely]] {                                                         \
      ::gradwire::fail_check(__FILE__, __LINE__, #condition, ::fmt::format("" __VA_ARGS__)); \
    }                                                                                        \
  } while (false)
