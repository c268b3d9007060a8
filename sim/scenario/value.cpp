#include "sim/scenario/value.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "netmodel/overloaded.hpp"
#include "sim/scenario/dynamics_values.hpp"
#include "sim/scenario/model_values.hpp"
#include "sim/scenario/network_values.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/profile_values.hpp"
#include "sim/scenario/text.hpp"
#include "sim/scenario/value_list.hpp"

namespace gradwire {
namespace {

constexpr std::size_t kNameLengthMax = 64;
constexpr std::size_t kQuotedLengthMax = 100;

// --- scalars; each throws UnitError or ValueError with what is wrong

std::string read_text(const YAML::Node& node, int line) {
  if (!node.IsScalar()) throw ValueError(line, "is " + shape_of(node));
  if (node.Scalar().empty()) throw ValueError(line, "is empty");
  require_utf8(node.Scalar(), line);
  return node.Scalar();
}

// The text of a number, a quantity, a choice: short, so that a message can quote it.
std::string short_text(const YAML::Node& node, int line) {
  std::string text = read_text(node, line);
  if (text.size() <= kQuotedLengthMax) return text;
  throw ValueError(line, fmt::format("is a text of {} characters", text.size()));
}

// A number is written without quotes: "4" in quotes is a text, for editors too.
std::string unquoted_scalar(const YAML::Node& node, int line) {
  std::string text = short_text(node, line);
  if (node.Tag() == "!") throw ValueError(line, fmt::format("\"{}\" is a quoted text", text));
  return text;
}

std::int64_t read_integer(const IntegerType& type, const YAML::Node& node, int line) {
  const std::string text = unquoted_scalar(node, line);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = end == text.data() + text.size();
  if (whole && error == std::errc::result_out_of_range) {
    throw ValueError(line, fmt::format("{} is out of range", text));
  }
  // YAML 1.1 reads a leading zero as octal; nobody means that.
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  const bool leading_zero = text.size() > first + 1 && text[first] == '0';
  if (!whole || error != std::errc() || leading_zero) {
    throw ValueError(line, fmt::format("'{}' is not an integer", text));
  }
  if (value < type.min || value > type.max) {
    throw ValueError(line, fmt::format("{} is out of range", text));
  }
  return value;
}

double read_number(const NumberType& type, const YAML::Node& node, int line) {
  const std::string text = unquoted_scalar(node, line);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument ||
      (error == std::errc() && !std::isfinite(value))) {
    throw ValueError(line, fmt::format("'{}' is not a number", text));
  }
  const bool too_small = type.above_min ? value <= type.min : value < type.min;
  const bool too_large = type.below_max ? value >= type.max : value > type.max;
  if (error != std::errc() || too_small || too_large) {
    throw ValueError(line, fmt::format("{} is out of range", text));
  }
  return value;
}

template <typename Quantity>
Quantity read_quantity(Quantity (*parse)(std::string_view), Quantity min, Quantity max,
                       const YAML::Node& node, int line) {
  const std::string text = short_text(node, line);
  try {
    const Quantity value = parse(text);
    if (value >= min && value <= max) return value;
  } catch (const UnitError& error) {
    throw ValueError(line, error.what());
  }
  throw ValueError(line, fmt::format("{} is out of range", text));
}

Duration read_duration(const DurationType& type, const YAML::Node& node, int line) {
  return read_quantity(parse_duration, type.min, type.max, node, line);
}

BitsPerSecond read_rate(const RateType& type, const YAML::Node& node, int line) {
  return read_quantity(parse_rate, type.min, type.max, node, line);
}

std::string flops_text(double flops) {
  constexpr std::array<std::pair<double, std::string_view>, 4> kUnits = {
      {{1e12, "Tflops"}, {1e9, "Gflops"}, {1e6, "Mflops"}, {1e3, "kflops"}}};
  for (const auto& [scale, unit] : kUnits) {
    // A whole number of thousandths of the unit, so that the text is exact.
    if (flops >= scale && std::fmod(flops, scale / 1000.0) == 0.0) {
      return fmt::format("{}{}", flops / scale, unit);
    }
  }
  return fmt::format("{:.0f}flops", flops);
}

bool is_name(std::string_view text) {
  const auto allowed = [](char c) {
    return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  };
  return !text.empty() && text.size() <= kNameLengthMax && text.front() != '-' &&
         std::ranges::all_of(text, allowed);
}

// --- lists

HostEntry read_host(const HostListType& type, const YAML::Node& node, int line) {
  if (!node.IsMap()) throw ValueError(line, "is " + shape_of(node));
  HostEntry host;
  for (const auto& entry : node) {
    const int key_line = line_of(entry.first, line);
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const bool twice = (key == "bandwidth" && host.bandwidth) || (key == "latency" && host.latency);
    if (twice) throw ValueError(key_line, fmt::format("{} is given twice", key));
    try {
      if (key == "bandwidth") {
        host.bandwidth = read_rate(type.bandwidth, entry.second, key_line);
      } else if (key == "latency") {
        host.latency = read_duration(type.latency, entry.second, key_line);
      } else {
        throw ValueError(key_line, "is an unknown key");
      }
    } catch (const ValueError& error) {
      throw ValueError(error.line(), fmt::format("{} {}", key, error.what()));
    }
  }
  return host;
}

std::string host_text(const HostEntry& host) {
  std::vector<std::string> texts;
  if (host.bandwidth) texts.push_back("bandwidth: " + to_string(*host.bandwidth));
  if (host.latency) texts.push_back("latency: " + to_string(*host.latency));
  return fmt::format("{{{}}}", comma_separated(texts));
}

ReadValue read_hosts(const HostListType& type, const YAML::Node& node, int line) {
  auto hosts = read_list<HostEntry>(
      node, line, [&type](const auto& item, int at) { return read_host(type, item, at); });
  if (hosts.empty()) throw ValueError(line, "is an empty list");
  std::vector<std::string> texts;
  texts.reserve(hosts.size());
  for (const HostEntry& host : hosts) texts.push_back(host_text(host));
  return {std::move(hosts), fmt::format("[{}]", comma_separated(texts))};
}

ReadValue read_node_numbers(const NodeNumbersType& type, const YAML::Node& node, int line) {
  if (!node.IsSequence()) {
    const double number = read_number(type.item, node, line);
    return {number, fmt::format("{}", number)};
  }
  auto numbers = read_list<double>(
      node, line, [&type](const auto& item, int at) { return read_number(type.item, item, at); });
  if (numbers.empty()) throw ValueError(line, "is an empty list");
  std::string text = fmt::format("[{}]", comma_separated(numbers));
  return {std::move(numbers), std::move(text)};
}

}  // namespace

std::string describe(const ValueType& type) {
  return std::visit(
      Overloaded{
          [](const IntegerType& t) {
            return t.min == t.max ? fmt::format("{}", t.min)
                                  : fmt::format("an integer from {} to {}", t.min, t.max);
          },
          [](const NumberType& t) {
            return fmt::format("a number {} {} and {} {}", t.above_min ? ">" : ">=", t.min,
                               t.below_max ? "<" : "<=", t.max);
          },
          [](const ChoiceType& t) {
            std::string text;
            for (std::size_t i = 0; i < t.names.size(); ++i) {
              if (i > 0) text += i + 1 == t.names.size() ? " or " : ", ";
              text += t.names[i];
            }
            return text;
          },
          [](const NameType&) {
            return fmt::format(
                "1 to {} lower-case letters, digits and hyphens, not beginning with a hyphen",
                kNameLengthMax);
          },
          [](const TextType&) { return std::string("a text"); },
          [](const PathType&) { return std::string("a path"); },
          [](const DurationType& t) {
            return fmt::format("a duration from {} to {}", to_string(t.min), to_string(t.max));
          },
          [](const RateType& t) {
            return fmt::format("a rate from {} to {}", to_string(t.min), to_string(t.max));
          },
          [](const BytesType& t) {
            return fmt::format("a size from {} to {}", to_string(t.min), to_string(t.max));
          },
          [](const PercentageType& t) {
            return fmt::format("a percentage from 0% to {}", percentage_text(t.max));
          },
          [](const FlopsType&) {
            return std::string("operations a second, more than 0flops, e.g. 50Gflops");
          },
          [](const IntegerListType& t) {
            return fmt::format("a list of integers from {} to {}", t.item.min, t.item.max);
          },
          [](const NodeNumbersType& t) {
            return describe(t.item) + ", or a list of such numbers, one a node";
          },
          [](const HostListType& t) {
            return fmt::format("a list, one entry a node, of {{bandwidth: {}, latency: {}}}",
                               describe(t.bandwidth), describe(t.latency));
          },
          [](const NamesType& t) {
            return fmt::format(
                "a list of at least {} different names of letters, digits, '.', "
                "'_' and '-'",
                t.count_min);
          },
          [](const CommandType&) { return std::string("a list of a program and its arguments"); },
          [](const DelayMatrixType& t) {
            return "a list of as many rows as columns, ~ on the diagonal, else " + describe(t.item);
          },
          [](const RateMatrixType& t) {
            return "a list of as many rows as columns, ~ on the diagonal, else " + describe(t.item);
          },
          [](const CableListType& t) {
            return fmt::format(
                "a list of {{from: a name, to: a name, bandwidth: {}, latency: {}, "
                "jitter: the same, loss: {}, back: a section of these four}}",
                describe(t.link.bandwidth), describe(t.link.delay), describe(t.link.loss));
          },
          [](const WayListType&) {
            return std::string("a list of {from: a host, to: a host, via: a list of names}");
          },
          [](const EventListType& t) {
            return fmt::format(
                "a list of {{do: set, cut, restore, flap, partition, join or leave, at: {}, every: "
                "the same, for: the same, link, cable, host: a name or a list of names, bandwidth: "
                "{}, latency: {}, jitter: the same, loss: {}, groups: a list of lists of hosts}}",
                describe(t.time), describe(t.link.bandwidth), describe(t.link.delay),
                describe(t.link.loss));
          },
          [](const TraceListType& t) {
            return fmt::format(
                "a list of {{link, cable, host: a name or a list of names, file: a file, unit: "
                "bit, kbit, Mbit or Gbit, at: {}, loop: true or false}}",
                describe(t.time));
          },
          [](const BackgroundListType& t) {
            return fmt::format(
                "a list of {{kind: constant, on-off or poisson, from: a host, to: a host, rate: "
                "{}, at: {}, for, busy, idle, every: the same, durations: fixed or exponential, "
                "size: bytes from 1B to 1000TB, or a list of such, weight: {}}}",
                describe(t.rate), describe(t.time), describe(t.weight));
          },
          [](const LayerListType&) { return describe_layers(); },
          [](const ProfileType&) { return describe_profile(); },
          [](const SweepType&) {
            return std::string("a section of full keys, each with a list of values");
          }},
      type);
}

ReadValue read_value(const ValueType& type, const YAML::Node& node, int line) {
  const int at = line_of(node, line);
  return std::visit(
      Overloaded{[&](const IntegerType& t) -> ReadValue {
                   const std::int64_t value = read_integer(t, node, at);
                   return {value, fmt::format("{}", value)};
                 },
                 [&](const NumberType& t) -> ReadValue {
                   const double value = read_number(t, node, at);
                   return {value, fmt::format("{}", value)};
                 },
                 [&](const ChoiceType& t) -> ReadValue {
                   std::string text = short_text(node, at);
                   if (std::ranges::find(t.names, text) == t.names.end()) {
                     throw ValueError(at, fmt::format("'{}' is unknown", text));
                   }
                   return {text, text};
                 },
                 [&](const NameType&) -> ReadValue {
                   std::string text = short_text(node, at);
                   if (!is_name(text)) throw ValueError(at, fmt::format("'{}' is no name", text));
                   return {text, text};
                 },
                 [&](const TextType&) -> ReadValue {
                   std::string text = read_text(node, at);
                   return {text, text};
                 },
                 [&](const PathType&) -> ReadValue {
                   std::string text = read_text(node, at);
                   return {text, text};
                 },
                 [&](const DurationType& t) -> ReadValue {
                   const Duration value = read_duration(t, node, at);
                   return {value, to_string(value)};
                 },
                 [&](const RateType& t) -> ReadValue {
                   const BitsPerSecond value = read_rate(t, node, at);
                   return {value, to_string(value)};
                 },
                 [&](const BytesType& t) -> ReadValue {
                   const Bytes value = read_quantity(parse_bytes, t.min, t.max, node, at);
                   return {value, to_string(value)};
                 },
                 [&](const PercentageType& t) -> ReadValue {
                   const double value = read_quantity(parse_percentage, 0.0, t.max, node, at);
                   return {value, percentage_text(value)};
                 },
                 [&](const FlopsType&) -> ReadValue {
                   const double value = read_quantity(parse_flops, 1.0,
                                                      std::numeric_limits<double>::max(), node, at);
                   return {value, flops_text(value)};
                 },
                 [&](const IntegerListType& t) -> ReadValue {
                   auto values = read_list<int>(node, at, [&t](const auto& item, int item_line) {
                     return static_cast<int>(read_integer(t.item, item, item_line));
                   });
                   std::string text = fmt::format("[{}]", comma_separated(values));
                   return {std::move(values), std::move(text)};
                 },
                 [&](const NodeNumbersType& t) { return read_node_numbers(t, node, at); },
                 [&](const HostListType& t) { return read_hosts(t, node, at); },
                 [&](const NamesType& t) { return read_names(t, node, at); },
                 [&](const CommandType&) { return read_command(node, at); },
                 [&](const DelayMatrixType& t) { return read_matrix(t, node, at); },
                 [&](const RateMatrixType& t) { return read_matrix(t, node, at); },
                 [&](const CableListType& t) { return read_cables(t, node, at); },
                 [&](const WayListType&) { return read_ways(node, at); },
                 [&](const EventListType& t) { return read_events(t, node, at); },
                 [&](const TraceListType& t) { return read_traces(t, node, at); },
                 [&](const BackgroundListType& t) { return read_background(t, node, at); },
                 [&](const LayerListType&) { return read_layers(node, at); },
                 [&](const ProfileType&) { return read_profile(node, at); },
                 [&](const SweepType&) -> ReadValue { throw ValueError(at, "is no value"); }},
      type);
}

}  // namespace gradwire
