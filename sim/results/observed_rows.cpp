#include "sim/results/observed_rows.hpp"

#include <optional>

#include "sim/results/inserted_row.hpp"

namespace gradwire {
namespace {

void insert_metrics(SQLite::Database& database, const RepeatResult& result) {
  SQLite::Statement row(database, "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  int position = 0;
  for (const ReportedMetric& m : result.metrics) {
    insert(row, result.point, result.repeat, position++, m.rank, m.line, m.seconds, m.key, m.value);
  }
}

void insert_samples(SQLite::Database& database, const RepeatResult& result) {
  SQLite::Statement row(
      database, "INSERT INTO resource_samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  int position = 0;
  for (const ResourceSample& s : result.samples) {
    insert(row, result.point, result.repeat, position++, s.rank, s.seconds, s.cpu_share,
           s.memory_bytes, s.bytes_received, s.bytes_sent, s.packets_received, s.packets_sent,
           s.retransmits, s.gpu_share, s.gpu_memory_bytes);
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
                        .gpu_share = optional_double(rows.getColumn(11)),
                        .gpu_memory_bytes = std::nullopt};
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
