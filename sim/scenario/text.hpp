// Lists in messages and in YAML.
#pragma once

#include <fmt/format.h>

#include <string>

namespace gradwire {

/// "a, b, c": every item of the range as fmt prints it.
template <typename Range>
std::string comma_separated(const Range& items) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{}", item);
  }
  return text;
}

}  // namespace gradwire
