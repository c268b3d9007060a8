// The rows of a repeat that say how good its model was: scores by epoch, and the confusion matrix.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <functional>

#include "sim/results/repeat_result.hpp"

namespace gradwire {

void insert_quality(SQLite::Database& database, const RepeatResult& result);

/// The side of a confusion matrix, which has a row for each class.
std::size_t class_count(const RepeatResult& result);

/// Adds what the database has of it to the results; `find`: the one of a point and a repeat.
void read_quality(const SQLite::Database& database,
                  const std::function<RepeatResult&(int point, int repeat)>& find);

}  // namespace gradwire
