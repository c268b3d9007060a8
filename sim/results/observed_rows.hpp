// The rows of a repeat that say what was observed of its nodes while they ran: what a command of
// the user's own has reported, and what they used.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <functional>

#include "sim/results/repeat_result.hpp"

namespace gradwire {

void insert_observed(SQLite::Database& database, const RepeatResult& result);

/// Adds what the database has of it to the results; `find`: the one of a point and a repeat.
void read_observed(const SQLite::Database& database,
                   const std::function<RepeatResult&(int point, int repeat)>& find);

}  // namespace gradwire
