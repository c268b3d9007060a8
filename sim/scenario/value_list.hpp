// Reading lists of values, for value.cpp and network_values.cpp.
#pragma once

#include <fmt/core.h>

#include <vector>

#include "sim/scenario/value.hpp"

namespace gradwire {

/// The entries of a list, each as `read(node, line)` gives it. Throws ValueError, which names the
/// entry that is wrong.
template <typename Item, typename Read>
std::vector<Item> read_list(const YAML::Node& node, int line, Read read) {
  if (!node.IsSequence()) throw ValueError(line, "is " + shape_of(node));
  std::vector<Item> items;
  for (const YAML::Node& item : node) {
    const int item_line = line_of(item, line);
    try {
      items.push_back(read(item, item_line));
    } catch (const ValueError& error) {
      throw ValueError(error.line(), fmt::format("entry {}: {}", items.size() + 1, error.what()));
    }
  }
  return items;
}

}  // namespace gradwire
