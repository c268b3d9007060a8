// The rows of a results file as values: what is written to and read from each table. All of them
// run inside a transaction of the caller; errors are SQLite::Exception.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <vector>

#include "sim/results/repeat_result.hpp"
#include "sim/results/run_description.hpp"

namespace gradwire {

/// The row `run` (from 1) of table runs.
void insert_run(SQLite::Database& database, int run, const RunDescription& description);

/// The rows of points and point_values; the same for every row of runs.
void insert_points(SQLite::Database& database, const RunDescription& description);

/// One description for each row of runs, in order.
std::vector<RunDescription> read_descriptions(const SQLite::Database& database);

/// A repeat in all its tables, as a result of this row of runs.
void insert_repeat(SQLite::Database& database, int run, const RepeatResult& result);

bool has_repeat(const SQLite::Database& database, int point, int repeat);

/// Every repeat, ordered by point, then repeat; nodes by rank, epochs and hashes by number, links
/// as they were added.
std::vector<RepeatResult> read_repeats(const SQLite::Database& database);

}  // namespace gradwire
