// Reading and describing a model that is a table of layers (trainer/nn/layer_profile.hpp), in a
// scenario or in a file of its own.
#pragma once

#include <filesystem>

#include "sim/scenario/value.hpp"

namespace gradwire {

/// The table in words that follow "allowed: ".
std::string describe_profile();

/// Reads the list, or the name of the file, which is not opened. Throws ValueError.
ReadValue read_profile(const YAML::Node& node, int line);

/// Reads the file, if the value names one, from this folder; its text is the file's absolute name
/// then. Throws ValueError at `line`.
ReadValue with_layers(ProfileValue profile, std::string text, const std::filesystem::path& base,
                      int line);

}  // namespace gradwire
