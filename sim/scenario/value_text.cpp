// Of value.hpp: what has to do with texts alone.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "netmodel/units.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/value.hpp"

namespace gradwire {

std::string percentage_text(double fraction) {
  constexpr int kDecimalsMax = 15;
  for (int decimals = 0; decimals < kDecimalsMax; ++decimals) {
    std::string text = fmt::format("{:.{}f}%", fraction * 100.0, decimals);
    if (parse_percentage(text) == fraction) return text;
  }
  return fmt::format("{:.{}f}%", fraction * 100.0, kDecimalsMax);
}

int line_of(const YAML::Node& node, int fallback) {
  // An override has no lines, and what is left empty is found only at the next token.
  if (fallback == kOverrideLine || node.IsNull() || node.Mark().is_null()) return fallback;
  return node.Mark().line + 1;
}

std::string shape_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a section";
    case YAML::NodeType::Scalar:
      return node.Scalar().empty() ? "empty" : fmt::format("'{:.40}'", node.Scalar());
    default:
      return "empty";
  }
}

void require_utf8(const std::string& text, int line) {
  try {
    const std::string json = nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    throw ValueError(line, "is not a text in UTF-8");
  }
}

std::string yaml_text(std::string_view text) {
  // YAML 1.1 readers take these for something else than text.
  constexpr std::array<std::string_view, 10> kReserved = {"true", "false", "yes", "no", "on",
                                                          "off",  "null",  "y",   "n",  "nan"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_plain = [&is_letter](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const bool plain = !text.empty() && is_letter(text.front()) &&
                     std::ranges::all_of(text, is_plain) &&
                     std::ranges::find(kReserved, lower) == kReserved.end();
  return plain ? std::string(text) : nlohmann::json(text).dump();
}

}  // namespace gradwire
