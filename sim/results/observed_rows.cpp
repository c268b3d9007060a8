#include "sim/results/observed_rows.hpp"

#include <optional>

namespace gradwire {
namespace {

template <typename Value>
void bind(SQLite::Statement& statement, int index, const std::optional<Value>& value) {
  if (value) {
    statement.bind(index, *value);
  } else {
    statement.bind(index);
  }
}

void insert_metrics(SQLite::Database& database, const RepeatResult& result) {
  SQLite::Statement row(database, "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  int position = 0;
  for (const ReportedMetric& metric : result.metrics) {
    row.bind(1, result.point);
    row.bind(2, result.repeat);
    row.bind(3, position++);
    row.bind(4, metric.rank);
    row.bind(5, metric.line);
    row.bind(6, metric.seconds);
    row.bind(7, metric.key);
    row.bind(8, metric.value);
    row.exec();
    row.reset();
  }
}

void insert_samples(SQLite::Database& database, const RepeatResult& result) {
  SQLite::Statement row(
      database, "INSERT INTO resource_samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  int position = 0;
  for (const ResourceSample& sample : result.samples) {
    row.bind(1, result.point);
    row.bind(2, result.repeat);
    row.bind(3, position++);
    row.bind(4, sample.rank);
    row.bind(5, sample.seconds);
    row.bind(6, sample.cpu_share);
    row.bind(7, sample.memory_bytes);
    row.bind(8, sample.bytes_received);
    row.bind(9, sample.bytes_sent);
    row.bind(10, sample.packets_received);
    row.bind(11, sample.packets_sent);
    row.bind(12, sample.retransmits);
    bind(row, 13, sample.gpu_share);
    bind(row, 14, sample.gpu_memory_bytes);
    row.exec();
    row.reset();
  }
}

ResourceSample sample_of(SQLite::Statement& rows) {
  ResourceSample sample{.rank = rows.getColumn(2).getInt(),
                        .seconds = rows.getColumn(3).getDouble(),
                        .cpu_share = rows.getColumn(4).getDouble(),
                        .memory_bytes = rows.getColumn(5).getInt64(),
                        .bytes_received = rows.getColumn(6).getInt64(),
                        .bytes_sent = rows.getColumn(7).getInt64(),
                        .packets_received = rows.getColumn(8).getInt64(),
                        .packets_sent = rows.getColumn(9).getInt64(),
                        .retransmits = rows.getColumn(10).getInt64(),
                        .gpu_share = std::nullopt,
                        .gpu_memory_bytes = std::nullopt};
  if (!rows.getColumn(11).isNull()) sample.gpu_share = rows.getColumn(11).getDouble();
  if (!rows.getColumn(12).isNull()) sample.gpu_memory_bytes = rows.getColumn(12).getInt64();
  return sample;
}

}  // namespace

void insert_observed(SQLite::Database& database, const RepeatResult& result) {
  insert_metrics(database, result);
  insert_samples(database, result);
}

void read_observed(const SQLite::Database& database,
                   const std::function<RepeatResult&(int point, int repeat)>& find) {
  if (!database.tableExists("metrics")) return;  // before schema 6
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, rank, line, seconds, key, value
    FROM metrics ORDER BY point, repeat, position)sql");
  while (rows.executeStep()) {
    find(rows.getColumn(0).getInt(), rows.getColumn(1).getInt())
        .metrics.push_back({rows.getColumn(2).getInt(), rows.getColumn(3).getInt64(),
                            rows.getColumn(4).getDouble(), rows.getColumn(5).getString(),
                            rows.getColumn(6).getString()});
  }
  SQLite::Statement samples(database, R"sql(
    SELECT point, repeat, rank, seconds, cpu_share, memory_bytes, bytes_received, bytes_sent,
           packets_received, packets_sent, retransmits, gpu_share, gpu_memory_bytes
    FROM resource_samples ORDER BY point, repeat, position)sql");
  while (samples.executeStep()) {
    find(samples.getColumn(0).getInt(), samples.getColumn(1).getInt())
        .samples.push_back(sample_of(samples));
  }
}

}  // namespace gradwire
