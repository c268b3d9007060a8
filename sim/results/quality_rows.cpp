#include "sim/results/quality_rows.hpp"

#include <cmath>

#include "netmodel/check.hpp"
#include "sim/results/inserted_row.hpp"

namespace gradwire {
namespace {

void insert_scores(SQLite::Statement& row, const RepeatResult& result, const EpochResult& epoch) {
  int position = 0;
  for (const EpochScore& score : epoch.scores) {
    insert(row, result.point, result.repeat, epoch.epoch, position++, score.name, score.value,
           score.low, score.high);
  }
}

}  // namespace

std::size_t class_count(const RepeatResult& result) {
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(result.confusion.size())));
  CHECK(side * side == result.confusion.size(), "{} entries", result.confusion.size());
  return side;
}

void insert_quality(SQLite::Database& database, const RepeatResult& result) {
  SQLite::Statement score_row(database, "INSERT INTO epoch_scores VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  for (const EpochResult& epoch : result.epoch_results) insert_scores(score_row, result, epoch);
  SQLite::Statement row(database, "INSERT INTO confusion VALUES (?, ?, ?, ?, ?)");
  const std::size_t classes = class_count(result);
  for (std::size_t i = 0; i < result.confusion.size(); ++i) {
    insert(row, result.point, result.repeat, static_cast<std::int64_t>(i / classes),
           static_cast<std::int64_t>(i % classes), result.confusion[i]);
  }
}

void read_quality(const SQLite::Database& database,
                  const std::function<RepeatResult&(int point, int repeat)>& find) {
  if (!database.tableExists("epoch_scores")) return;  // before schema 4
  SQLite::Statement scores(database, R"sql(
    SELECT point, repeat, epoch, name, value, low, high
    FROM epoch_scores ORDER BY point, repeat, epoch, position)sql");
  while (scores.executeStep()) {
    RepeatResult& result = find(scores.getColumn(0).getInt(), scores.getColumn(1).getInt());
    for (EpochResult& epoch : result.epoch_results) {
      if (epoch.epoch != scores.getColumn(2).getInt()) continue;
      epoch.scores.push_back({scores.getColumn(3).getString(), optional_double(scores.getColumn(4)),
                              optional_double(scores.getColumn(5)),
                              optional_double(scores.getColumn(6))});
    }
  }
  SQLite::Statement confusion(database, R"sql(
    SELECT point, repeat, samples FROM confusion ORDER BY point, repeat, label, taken_for)sql");
  while (confusion.executeStep()) {
    find(confusion.getColumn(0).getInt(), confusion.getColumn(1).getInt())
        .confusion.push_back(confusion.getColumn(2).getInt64());
  }
}

}  // namespace gradwire
