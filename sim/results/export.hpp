// Results for other programs: CSV files and one JSON text. Byte-identical for equal results.
#pragma once

#include <filesystem>
#include <string>

#include "sim/results/result_store.hpp"

namespace gradwire {

/// Writes repeats.csv, epochs.csv, node_times.csv, links.csv and weights.csv into the folder, which
/// is created; every row begins with its point, one column a swept key. Columns and units are in
/// docs/results.md. Throws ResultsError if a file cannot be written.
void export_csv(const ResultStore& store, const std::filesystem::path& folder);

/// Everything in the store as one JSON text, ended by a newline.
std::string export_json(const ResultStore& store);

}  // namespace gradwire
