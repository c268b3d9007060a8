#include "sim/results/quantity.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "netmodel/units.hpp"

namespace gradwire {
namespace {

/// The value that the parser of a unit returns, or none if the text is not of that kind.
template <typename Parser>
std::optional<Quantity> try_unit(std::string_view text, const char* unit, Parser parser) {
  try {
    return Quantity{static_cast<double>(parser(text)), unit};
  } catch (const UnitError&) {
    return std::nullopt;
  }
}

}  // namespace

bool is_plain_number(std::string_view text) {
  // Whatever JSON value begins and ends like this is a number, without white space around it.
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && (text.front() == '-' || is_digit(text.front())) &&
         is_digit(text.back()) && nlohmann::json::accept(text);
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Quantity> read_quantity(std::string_view text) {
  if (is_plain_number(text)) {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return Quantity{number, ""};
  }
  if (auto rate = try_unit(text, "bit/s", [](auto t) { return parse_rate(t).count; })) return rate;
  if (auto time = try_unit(text, "s", [](auto t) { return to_seconds(parse_duration(t)); })) {
    return time;
  }
  if (auto size = try_unit(text, "B", [](auto t) { return parse_bytes(t).count; })) return size;
  if (auto part = try_unit(text, "fraction", parse_percentage)) return part;
  return try_unit(text, "flop/s", parse_flops);
}

}  // namespace gradwire
