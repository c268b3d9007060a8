#include "sim/scenario/entry_reader.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sim/scenario/text.hpp"

namespace gradwire {
namespace {

constexpr std::size_t kNameLengthMax = 64;

}  // namespace

std::string read_name(const YAML::Node& node, int line) {
  auto name = read_as<std::string>(TextType{}, node, line);
  const auto starts = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const auto goes_on = [&starts](char c) { return starts(c) || c == '.' || c == '_' || c == '-'; };
  if (name.size() > kNameLengthMax || !starts(name.front()) ||
      !std::ranges::all_of(name, goes_on)) {
    throw ValueError(line, fmt::format("'{:.40}' is no name", name));
  }
  return name;
}

std::string names_text(const std::vector<std::string>& names) {
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const std::string& name : names) texts.push_back(yaml_text(name));
  return fmt::format("[{}]", comma_separated(texts));
}

void read_entries(const YAML::Node& map, int line, const Readers& readers) {
  if (!map.IsMap()) throw ValueError(line, "is " + shape_of(map));
  std::vector<std::string> seen;
  for (const auto& entry : map) {
    const int key_line = line_of(entry.first, line);
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const auto reader = readers.find(key);
    if (reader == readers.end()) {
      throw ValueError(key_line, fmt::format("{:.40} is an unknown key", key));
    }
    if (std::ranges::find(seen, key) != seen.end()) {
      throw ValueError(key_line, fmt::format("{} is given twice", key));
    }
    seen.push_back(key);
    try {
      reader->second(entry.second, key_line);
    } catch (const ValueError& error) {
      throw ValueError(error.line(), fmt::format("{} {}", key, error.what()));
    }
  }
}

void require(const std::string& value, std::string_view key, int line) {
  if (value.empty()) throw ValueError(line, fmt::format("{} is missing", key));
}

Readers link_readers(const LinkTypes& types, LinkEntry& link) {
  return {{"bandwidth",
           [&](const YAML::Node& node, int line) {
             link.bandwidth = read_as<BitsPerSecond>(types.bandwidth, node, line);
           }},
          {"latency", [&](const YAML::Node& node,
                          int line) { link.latency = read_as<Duration>(types.delay, node, line); }},
          {"jitter", [&](const YAML::Node& node,
                         int line) { link.jitter = read_as<Duration>(types.delay, node, line); }},
          {"loss", [&](const YAML::Node& node, int line) {
             link.loss = read_as<double>(types.loss, node, line);
           }}};
}

std::vector<std::string> link_texts(const LinkEntry& link) {
  std::vector<std::string> texts;
  if (link.bandwidth) texts.push_back("bandwidth: " + to_string(*link.bandwidth));
  if (link.latency) texts.push_back("latency: " + to_string(*link.latency));
  if (link.jitter) texts.push_back("jitter: " + to_string(*link.jitter));
  if (link.loss) texts.push_back("loss: " + percentage_text(*link.loss));
  return texts;
}

}  // namespace gradwire
