// How the values of the network's own types are read: names, matrices, cables, ways.
#pragma once

#include "sim/scenario/value.hpp"

namespace gradwire {

/// As read_value(), for one type each. `line` is that of the node. Throw ValueError.
ReadValue read_names(const NamesType& type, const YAML::Node& node, int line);
ReadValue read_command(const YAML::Node& node, int line);
ReadValue read_matrix(const DelayMatrixType& type, const YAML::Node& node, int line);
ReadValue read_matrix(const RateMatrixType& type, const YAML::Node& node, int line);
ReadValue read_cables(const CableListType& type, const YAML::Node& node, int line);
ReadValue read_ways(const YAML::Node& node, int line);

}  // namespace gradwire
