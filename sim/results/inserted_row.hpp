// Rows of the results file, from values of the program and back. What is not a number (the loss of
// a training that diverged) is stored as unknown.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cmath>
#include <optional>
#include <type_traits>

namespace gradwire {

/// Binds a value to a question mark, the first being 1.
template <typename Value>
void bind(SQLite::Statement& statement, int index, const Value& value) {
  if constexpr (std::is_same_v<Value, bool>) {
    statement.bind(index, value ? 1 : 0);
  } else {
    statement.bind(index, value);
  }
}

template <typename Value>
void bind(SQLite::Statement& statement, int index, const std::optional<Value>& value) {
  bool known = value.has_value();
  if constexpr (std::is_floating_point_v<Value>) known = known && std::isfinite(*value);
  if (known) {
    statement.bind(index, *value);
  } else {
    statement.bind(index);
  }
}

/// Inserts one row; the values are those of the statement's question marks, in order.
template <typename... Values>
void insert(SQLite::Statement& statement, const Values&... values) {
  int index = 0;
  (bind(statement, ++index, values), ...);
  statement.exec();
  statement.reset();
}

inline std::optional<double> optional_double(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(column.getDouble());
}

}  // namespace gradwire
