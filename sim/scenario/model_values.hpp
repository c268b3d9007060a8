// How the layers of a model are read.
#pragma once

#include "sim/scenario/value.hpp"

namespace gradwire {

/// What a list of layers allows, in words that follow "allowed: ".
std::string describe_layers();

/// As read_value(). `line` is that of the node. Throws ValueError.
ReadValue read_layers(const YAML::Node& node, int line);

}  // namespace gradwire
