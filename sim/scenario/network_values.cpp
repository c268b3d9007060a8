#include "sim/scenario/network_values.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sim/scenario/entry_reader.hpp"
#include "sim/scenario/text.hpp"
#include "sim/scenario/value_list.hpp"

namespace gradwire {
namespace {

CableEntry read_cable(const CableListType& type, const YAML::Node& node, int line) {
  CableEntry cable;
  cable.line = line;
  Readers readers = link_readers(type.link, cable.there);
  readers["from"] = [&](const YAML::Node& name, int at) { cable.from = read_name(name, at); };
  readers["to"] = [&](const YAML::Node& name, int at) { cable.to = read_name(name, at); };
  readers["back"] = [&](const YAML::Node& back, int at) {
    read_entries(back, at, link_readers(type.link, cable.back));
  };
  read_entries(node, line, readers);
  require(cable.from, "from", line);
  require(cable.to, "to", line);
  return cable;
}

std::string cable_text(const CableEntry& cable) {
  std::vector<std::string> texts = link_texts(cable.there);
  texts.insert(texts.begin(), {"from: " + yaml_text(cable.from), "to: " + yaml_text(cable.to)});
  const std::vector<std::string> back = link_texts(cable.back);
  if (!back.empty()) texts.push_back(fmt::format("back: {{{}}}", comma_separated(back)));
  return fmt::format("{{{}}}", comma_separated(texts));
}

template <typename Item>
ReadValue read_square(const ValueType& type, const YAML::Node& node, int line) {
  const std::size_t size = node.IsSequence() ? node.size() : 0;
  std::size_t row = 0;
  auto rows = read_list<std::vector<Item>>(node, line, [&](const YAML::Node& cells, int row_line) {
    std::size_t column = 0;
    auto items = read_list<Item>(cells, row_line, [&](const YAML::Node& cell, int cell_line) {
      const bool on_diagonal = row == column++;
      if (on_diagonal && !cell.IsNull()) throw ValueError(cell_line, "is not ~");
      return on_diagonal ? Item{} : read_as<Item>(type, cell, cell_line);
    });
    if (items.size() != size) {
      throw ValueError(row_line,
                       fmt::format("has {} entries in a list of {} rows", items.size(), size));
    }
    ++row;
    return items;
  });
  if (rows.empty()) throw ValueError(line, "is an empty list");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < size; ++i) {
    std::vector<std::string> cells;
    for (std::size_t j = 0; j < size; ++j) {
      cells.push_back(i == j ? "~" : to_string(rows[i][j]));
    }
    texts.push_back(fmt::format("[{}]", comma_separated(cells)));
  }
  return {std::move(rows), fmt::format("[{}]", comma_separated(texts))};
}

}  // namespace

ReadValue read_names(const NamesType& type, const YAML::Node& node, int line) {
  auto names = read_list<std::string>(node, line, read_name);
  if (names.size() < type.count_min) {
    throw ValueError(
        line, names.empty() ? "is an empty list" : fmt::format("is a list of {}", names.size()));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
        names.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw ValueError(line, fmt::format("entry {}: {} is listed twice", i + 1, names[i]));
    }
  }
  std::string text = names_text(names);
  return {std::move(names), std::move(text)};
}

ReadValue read_command(const YAML::Node& node, int line) {
  auto words = read_list<std::string>(node, line, [](const YAML::Node& item, int at) {
    if (!item.IsScalar()) throw ValueError(at, "is " + shape_of(item));
    require_utf8(item.Scalar(), at);
    if (item.Scalar().find('\0') != std::string::npos) throw ValueError(at, "has a zero byte");
    return item.Scalar();
  });
  if (words.empty() || words.front().empty()) throw ValueError(line, "names no program");
  std::vector<std::string> texts;
  texts.reserve(words.size());
  for (const std::string& word : words) texts.push_back(yaml_text(word));
  return {std::move(words), fmt::format("[{}]", comma_separated(texts))};
}

ReadValue read_matrix(const DelayMatrixType& type, const YAML::Node& node, int line) {
  return read_square<Duration>(type.item, node, line);
}

ReadValue read_matrix(const RateMatrixType& type, const YAML::Node& node, int line) {
  return read_square<BitsPerSecond>(type.item, node, line);
}

ReadValue read_cables(const CableListType& type, const YAML::Node& node, int line) {
  auto cables = read_list<CableEntry>(
      node, line, [&type](const auto& item, int at) { return read_cable(type, item, at); });
  if (cables.empty()) throw ValueError(line, "is an empty list");
  std::vector<std::string> texts;
  texts.reserve(cables.size());
  for (const CableEntry& cable : cables) texts.push_back(cable_text(cable));
  return {std::move(cables), fmt::format("[{}]", comma_separated(texts))};
}

ReadValue read_ways(const YAML::Node& node, int line) {
  auto ways = read_list<WayEntry>(node, line, [](const YAML::Node& item, int at) {
    WayEntry way;
    way.line = at;
    read_entries(item, at,
                 {{"from", [&](const auto& name, int l) { way.from = read_name(name, l); }},
                  {"to", [&](const auto& name, int l) { way.to = read_name(name, l); }},
                  {"via", [&](const auto& via, int l) {
                     way.via = read_list<std::string>(via, l, read_name);
                   }}});
    require(way.from, "from", at);
    require(way.to, "to", at);
    return way;
  });
  std::vector<std::string> texts;
  texts.reserve(ways.size());
  for (const WayEntry& way : ways) {
    texts.push_back(fmt::format("{{from: {}, to: {}, via: {}}}", yaml_text(way.from),
                                yaml_text(way.to), names_text(way.via)));
  }
  return {std::move(ways), fmt::format("[{}]", comma_separated(texts))};
}

}  // namespace gradwire
