// The number behind a swept value's text, so that results sort by it and figures have axes:
// "10Mbit" is 1e7 bit/s.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gradwire {

struct Quantity {
  double number = 0;
  std::string unit;  // bit/s, s, B, flop/s, "fraction" of a percentage; empty for a plain number

  friend bool operator==(const Quantity&, const Quantity&) = default;
};

/// A number in JSON's grammar: "4", "0.05", "1e-3"; not "+4", "007", "nan".
bool is_plain_number(std::string_view text);

/// A number as programs print it, also "inf" and "nan"; none for any other text.
std::optional<double> number_of(std::string_view text);

/// Reads a plain number or a quantity with its unit (netmodel/units.hpp); none for any other text.
std::optional<Quantity> read_quantity(std::string_view text);

}  // namespace gradwire
