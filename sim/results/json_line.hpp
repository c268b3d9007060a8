// A finished repeat as JSON, as `sim run --json` prints it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/results/repeat_result.hpp"
#include "sim/results/run_description.hpp"

namespace gradwire {

/// One line without its newline. The keys are in a fixed order, beginning with scenario, mode,
/// point (swept key: value, numbers as numbers), repeat, train_seconds, epochs, loss, accuracy,
/// weights_sha256, bytes_sent, host_distorted; docs/results.md has all. null where unknown.
std::string json_line(const RunDescription& description, const RepeatResult& result);

/// The same as a value, for a larger JSON text.
nlohmann::ordered_json json_of(const RunDescription& description, const RepeatResult& result);

/// The text of a value; bytes that are not UTF-8 become U+FFFD. Without an indent: one line.
std::string json_text(const nlohmann::ordered_json& value, int indent = -1);

}  // namespace gradwire
