// Lists in messages and in YAML; messages that quote what somebody wrote.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

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

/// The text as a terminal may be given it: a byte that is not UTF-8, and of a control character
/// (ISO 6429: C0 but for the end of a line, DEL, C1) every byte, as "\x1b".
std::string escaped(std::string_view text);

}  // namespace gradwire
