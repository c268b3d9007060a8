// How events, traces and background traffic of a network are read.
#pragma once

#include <filesystem>

#include "sim/scenario/value.hpp"

namespace gradwire {

/// As read_value(), for one type each. Throw ValueError.
ReadValue read_events(const EventListType& type, const YAML::Node& node, int line);
ReadValue read_traces(const TraceListType& type, const YAML::Node& node, int line);
ReadValue read_background(const BackgroundListType& type, const YAML::Node& node, int line);

/// The same traces with files that are relative to `base`; reads all of them. Throws ValueError.
ReadValue with_files(std::vector<TraceEntry> traces, const std::filesystem::path& base);

}  // namespace gradwire
