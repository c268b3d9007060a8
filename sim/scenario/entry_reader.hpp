// Reading the sections that lists of a scenario consist of: {from: a, to: b}.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "sim/scenario/value.hpp"

namespace gradwire {

template <typename T>
T read_as(const ValueType& type, const YAML::Node& node, int line) {
  return std::get<T>(read_value(type, node, line).value);
}

/// A name of a region, a host, a switch or a link. Throws ValueError.
std::string read_name(const YAML::Node& node, int line);

/// "[a, b]".
std::string names_text(const std::vector<std::string>& names);

/// What to do with the value of each key.
using Readers = std::map<std::string, std::function<void(const YAML::Node&, int line)>>;

/// Reads a section with these keys, each at most once. Throws ValueError.
void read_entries(const YAML::Node& map, int line, const Readers& readers);

/// Throws ValueError if the key was not given.
void require(const std::string& value, std::string_view key, int line);

/// Readers of bandwidth, latency, jitter and loss. `types` and `link` outlive them.
Readers link_readers(const LinkTypes& types, LinkEntry& link);
/// "bandwidth: 10Mbit", and so on for what is given.
std::vector<std::string> link_texts(const LinkEntry& link);

}  // namespace gradwire
