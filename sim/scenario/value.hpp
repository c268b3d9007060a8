// The types a scenario key can have: what each allows in words, and how its YAML is read.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "netmodel/units.hpp"
#include "sim/scenario/dynamics_entries.hpp"
#include "trainer/nn/layer_profile.hpp"
#include "trainer/nn/layer_spec.hpp"

namespace gradwire {

struct IntegerType {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

struct NumberType {
  double min = 0.0;
  bool above_min = false;  ///< min itself is not allowed
  double max = 0.0;
  bool below_max = false;  ///< max itself is not allowed
};

struct ChoiceType {
  std::vector<std::string_view> names;
};

/// A name that is safe in file names: 1 to 64 of a-z, 0-9 and hyphens, no hyphen first.
struct NameType {};

struct TextType {};

/// A path. In a file relative to the file's folder, in an override to the current one.
struct PathType {};

struct DurationType {
  Duration min{};
  Duration max{};
};

struct RateType {
  BitsPerSecond min;
  BitsPerSecond max;
};

struct BytesType {
  Bytes min;
  Bytes max;
};

/// From 0 % to max, which is a fraction.
struct PercentageType {
  double max = 0.0;
};

/// Floating-point operations a second, more than none.
struct FlopsType {};

/// A list of integers; may be empty.
struct IntegerListType {
  IntegerType item;
};

/// One number for all nodes, or a list of numbers, one a node.
struct NodeNumbersType {
  NumberType item;
};

/// A list of {bandwidth, latency}, one entry a node; an entry may leave out either.
struct HostListType {
  RateType bandwidth;
  DurationType latency;
};

/// A list of different names of regions, hosts or switches: letters, digits, '.', '_' and '-'.
struct NamesType {
  std::size_t count_min = 0;
};

/// A program and its arguments: a list of texts, at least one.
struct CommandType {};

/// A square of durations, as a list of rows; ~ on the diagonal.
struct DelayMatrixType {
  DurationType item;
};

/// A square of rates, as a list of rows; ~ on the diagonal.
struct RateMatrixType {
  RateType item;
};

/// What can be said of a link.
struct LinkTypes {
  RateType bandwidth;
  DurationType delay;  ///< latency, jitter
  PercentageType loss;
};

/// A list of {from, to, bandwidth, latency, jitter, loss, back}.
struct CableListType {
  LinkTypes link;
};

/// A list of {from, to, via}.
struct WayListType {};

/// A list of {do, at, every, for, link, cable, host, bandwidth, latency, jitter, loss, groups}.
struct EventListType {
  LinkTypes link;
  DurationType time;
};

/// A list of {link, cable, host, file, unit, at, loop}.
struct TraceListType {
  DurationType time;
};

/// A list of {kind, from, to, rate, at, for, busy, idle, durations, every, size}.
struct BackgroundListType {
  RateType rate;
  DurationType time;
  IntegerType weight;
};

/// The layers of a model, in order.
struct LayerListType {};

/// A table of layers with their sizes and costs, or a file that holds one.
struct ProfileType {};

/// The sweep section: full keys, each with a list of values.
struct SweepType {};

using ValueType =
    std::variant<IntegerType, NumberType, ChoiceType, NameType, TextType, PathType, DurationType,
                 RateType, BytesType, PercentageType, FlopsType, IntegerListType, NodeNumbersType,
                 HostListType, NamesType, CommandType, DelayMatrixType, RateMatrixType,
                 CableListType, WayListType, EventListType, TraceListType, BackgroundListType,
                 LayerListType, ProfileType, SweepType>;

/// One entry of network.hosts.
struct HostEntry {
  std::optional<BitsPerSecond> bandwidth;
  std::optional<Duration> latency;
};

/// One entry of network.graph.links.
struct CableEntry {
  std::string from;
  std::string to;
  LinkEntry there;
  LinkEntry back;  ///< what differs from `there`
  int line = 0;
};

/// One entry of network.routes.
struct WayEntry {
  std::string from;
  std::string to;
  std::vector<std::string> via;
  int line = 0;
};

/// A table of layers, and the file that it comes from; empty if it stands in the scenario.
struct ProfileValue {
  std::string file;
  LayerProfile layers;
};

/// [from][to]; zero on the diagonal.
using DelayMatrix = std::vector<std::vector<Duration>>;
using RateMatrix = std::vector<std::vector<BitsPerSecond>>;

using Value = std::variant<std::int64_t, double, std::string, Duration, BitsPerSecond, Bytes,
                           std::vector<int>, std::vector<double>, std::vector<std::string>,
                           std::vector<HostEntry>, DelayMatrix, RateMatrix, std::vector<CableEntry>,
                           std::vector<WayEntry>, std::vector<EventEntry>, std::vector<TraceEntry>,
                           std::vector<BackgroundEntry>, std::vector<LayerSpec>, ProfileValue>;

/// A value, and the text that stands for it: equal values have equal texts ("10Mbit" for
/// "10000kbit"), and a text is YAML that reads back as the same value.
struct ReadValue {
  Value value;
  std::string text;
};

/// A value that cannot be used. what() says what is wrong, not what is allowed.
class ValueError : public std::runtime_error {
 public:
  ValueError(int line, const std::string& problem) : std::runtime_error(problem), line_(line) {}

  /// Line of the value, or of the list entry that is wrong.
  int line() const { return line_; }

 private:
  int line_;
};

/// What a type allows, in words that follow "allowed: ".
std::string describe(const ValueType& type);

/// Reads a value; `line` is where its key stands. Throws ValueError. A path stays as written.
ReadValue read_value(const ValueType& type, const YAML::Node& node, int line);

/// The shortest percentage that reads back as the same fraction.
std::string percentage_text(double fraction);

/// The line of a node, counted from 1; `fallback`, the line of its key, if it has none of its own.
int line_of(const YAML::Node& node, int fallback);

/// "a list", "a section", "empty", or the scalar in quotes, cut to 40 characters.
std::string shape_of(const YAML::Node& node);

/// Throws ValueError if the text is not UTF-8.
void require_utf8(const std::string& text, int line);

/// The text as a YAML scalar, quoted where a plain one would not be read as that text. `text` must
/// be UTF-8.
std::string yaml_text(std::string_view text);

}  // namespace gradwire
