// Scenarios that must be refused, each with the whole message; the errors_*_test.cpp hold the
// tables.
#pragma once

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/scenario/load.hpp"

namespace gradwire {

struct Refused {
  std::string name;
  std::string text;
  std::vector<std::string> overrides;
  std::string message;
};

// Not the text: CMake lists the tests by what is printed here, and brackets would break its lists.
inline std::ostream& operator<<(std::ostream& stream, const Refused& refused) {
  return stream << refused.name;
}

class RefusedScenario : public testing::TestWithParam<Refused> {};

inline std::string name_of(const testing::TestParamInfo<Refused>& info) { return info.param.name; }

}  // namespace gradwire
