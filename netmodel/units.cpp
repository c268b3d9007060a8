#include "netmodel/units.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <limits>
#include <span>

namespace gradwire {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t scale;  // how many base units one of these is
};

constexpr std::int64_t kKilo = 1000;
constexpr std::int64_t kMega = kKilo * 1000;
constexpr std::int64_t kGiga = kMega * 1000;
constexpr std::int64_t kTera = kGiga * 1000;

constexpr std::array kDurationUnits = {Unit{"ns", 1},           Unit{"us", kKilo},
                                       Unit{"ms", kMega},       Unit{"s", kGiga},
                                       Unit{"min", 60 * kGiga}, Unit{"h", 3600 * kGiga}};
constexpr std::array kByteUnits = {
    Unit{"B", 1},           Unit{"kB", kKilo},      Unit{"MB", kMega},
    Unit{"GB", kGiga},      Unit{"TB", kTera},      Unit{"KiB", 1LL << 10},
    Unit{"MiB", 1LL << 20}, Unit{"GiB", 1LL << 30}, Unit{"TiB", 1LL << 40}};
constexpr std::array kRateUnits = {Unit{"bit", 1}, Unit{"kbit", kKilo}, Unit{"Mbit", kMega},
                                   Unit{"Gbit", kGiga}, Unit{"Tbit", kTera}};
constexpr std::array kFlopsUnits = {Unit{"flops", 1}, Unit{"kflops", kKilo}, Unit{"Mflops", kMega},
                                    Unit{"Gflops", kGiga}, Unit{"Tflops", kTera}};

std::string list_of(std::span<const Unit> units) {
  std::string list;
  for (const Unit& unit : units) {
    list += list.empty() ? "" : ", ";
    list += unit.name;
  }
  return list;
}

struct Decimal {
  __int128 digits = 0;  // the number without its point
  int decimals = 0;     // how many of the digits follow the point
  std::string_view rest;
};

// Reads "12.5" from the front of the text; at most 18 digits, so that nothing overflows.
Decimal read_decimal(std::string_view text, std::string_view example) {
  Decimal number;
  std::size_t at = 0;
  int digit_count = 0;
  bool after_point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !after_point) {
      after_point = true;
    } else if (c >= '0' && c <= '9') {
      number.digits = number.digits * 10 + (c - '0');
      number.decimals += after_point ? 1 : 0;
      ++digit_count;
    } else {
      break;
    }
    if (digit_count > 18) {
      throw UnitError(fmt::format("'{}' has more than 18 digits", text));
    }
  }
  if (digit_count == 0) {
    throw UnitError(fmt::format("'{}' does not begin with a number; write e.g. {}", text, example));
  }
  while (at < text.size() && text[at] == ' ') ++at;
  number.rest = text.substr(at);
  return number;
}

// The text is `number` and a unit; `unit_text` is the listed name of that unit.
std::int64_t scaled(std::string_view text, const Decimal& number, std::string_view unit_text,
                    std::span<const Unit> units, std::string_view example) {
  if (number.rest.empty()) {
    throw UnitError(
        fmt::format("'{}' has no unit; write e.g. {} (units: {})", text, example, list_of(units)));
  }
  for (const Unit& unit : units) {
    if (unit.name != unit_text) continue;
    __int128 value = number.digits * unit.scale;
    for (int i = 0; i < number.decimals; ++i) {
      if (value % 10 != 0) {
        throw UnitError(fmt::format("'{}' is not a whole number of {}", text, units.front().name));
      }
      value /= 10;
    }
    if (value > std::numeric_limits<std::int64_t>::max()) {
      throw UnitError(fmt::format("'{}' is too large", text));
    }
    return static_cast<std::int64_t>(value);
  }
  throw UnitError(fmt::format("'{}' has the unknown unit '{}'; write e.g. {} (units: {})", text,
                              number.rest, example, list_of(units)));
}

std::int64_t parse_quantity(std::string_view text, std::span<const Unit> units,
                            std::string_view example) {
  const Decimal number = read_decimal(text, example);
  return scaled(text, number, number.rest, units, example);
}

// The largest unit in which the value has at most three decimals; the base unit otherwise.
std::string shortest(std::int64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    const bool exact = (static_cast<__int128>(value) * 1000) % unit.scale == 0;
    if (exact && value >= unit.scale && unit.scale > best->scale) best = &unit;
  }
  const std::int64_t whole = value / best->scale;
  const auto thousandths =
      static_cast<std::int64_t>(static_cast<__int128>(value % best->scale) * 1000 / best->scale);
  std::string text = fmt::format("{}", whole);
  if (thousandths != 0) {
    text += fmt::format(".{:03}", thousandths);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + std::string(best->name);
}

}  // namespace

Duration parse_duration(std::string_view text) {
  return Duration(parse_quantity(text, kDurationUnits, "200us"));
}

Bytes parse_bytes(std::string_view text) { return {parse_quantity(text, kByteUnits, "64KiB")}; }

BitsPerSecond parse_rate(std::string_view text) {
  constexpr std::string_view kExample = "10Mbit";
  const Decimal number = read_decimal(text, kExample);
  std::string unit(number.rest);
  if (unit.ends_with("bit/s")) unit.resize(unit.size() - 2);
  if (unit.ends_with("bps")) unit.replace(unit.size() - 2, 2, "it");
  return {scaled(text, number, unit, kRateUnits, kExample)};
}

double parse_percentage(std::string_view text) {
  const Decimal number = read_decimal(text, "1%");
  if (number.rest != "%") {
    throw UnitError(fmt::format("'{}' is not a percentage; write e.g. 1%", text));
  }
  return static_cast<double>(number.digits) / std::pow(10.0, number.decimals) / 100.0;
}

double parse_flops(std::string_view text) {
  return static_cast<double>(parse_quantity(text, kFlopsUnits, "50Gflops"));
}

std::string to_string(Duration duration) {
  if (duration.count() < 0) return "-" + to_string(-duration);
  // Minutes and hours are for reading only: "90s" says more at a glance than "1.5min".
  return shortest(duration.count(), std::span(kDurationUnits).first(4));
}

std::string to_string(Bytes bytes) {
  return bytes.count < 0 ? "-" + to_string(Bytes{-bytes.count}) : shortest(bytes.count, kByteUnits);
}

std::string to_string(BitsPerSecond rate) { return shortest(rate.count, kRateUnits); }

Duration from_seconds(double seconds) { return Duration(std::llround(seconds * 1e9)); }

}  // namespace gradwire
