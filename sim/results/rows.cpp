#include "sim/results/rows.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "netmodel/check.hpp"
#include "sim/results/inserted_row.hpp"
#include "sim/results/observed_rows.hpp"
#include "sim/results/quality_rows.hpp"
#include "sim/results/quantity.hpp"

namespace gradwire {
namespace {

std::uint64_t unsigned_from(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  CHECK(error == std::errc() && end == text.data() + text.size(), "seed '{}'", text);
  return value;
}

std::vector<PointValues> read_points(const SQLite::Database& database) {
  std::vector<PointValues> points;
  SQLite::Statement rows(database, R"sql(
    SELECT points.point, key, text FROM points LEFT JOIN point_values USING (point)
    ORDER BY points.point, position)sql");
  while (rows.executeStep()) {
    points.resize(static_cast<std::size_t>(rows.getColumn(0).getInt()) + 1);
    if (rows.getColumn(1).isNull()) continue;  // nothing is swept
    points.back().emplace_back(rows.getColumn(1).getString(), rows.getColumn(2).getString());
  }
  return points;
}

/// The repeats read so far, found by point and repeat while their details are read.
class Repeats {
 public:
  explicit Repeats(std::vector<RepeatResult>& results) : results_(results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      index_[{results[i].point, results[i].repeat}] = i;
    }
  }

  /// The repeat that the row's first two columns name.
  RepeatResult& of(SQLite::Statement& row) {
    return of(row.getColumn(0).getInt(), row.getColumn(1).getInt());
  }
  RepeatResult& of(int point, int repeat) { return results_[index_.at({point, repeat})]; }

 private:
  std::vector<RepeatResult>& results_;
  std::map<std::pair<int, int>, std::size_t> index_;
};

std::vector<RepeatResult> read_repeat_rows(const SQLite::Database& database) {
  std::vector<RepeatResult> results;
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, seed, train_seconds, epochs, loss, accuracy, weights_sha256, bytes_sent,
           host_distorted, distortion, extrapolated, steps_total, steps_run, arithmetic,
           seconds_per_step, seconds_per_step_spread
    FROM repeats ORDER BY point, repeat)sql");
  while (rows.executeStep()) {
    RepeatResult& result = results.emplace_back();
    result.point = rows.getColumn(0).getInt();
    result.repeat = rows.getColumn(1).getInt();
    result.seed = unsigned_from(rows.getColumn(2).getString());
    result.train_seconds = rows.getColumn(3).getDouble();
    result.epochs = rows.getColumn(4).getInt();
    result.loss = optional_double(rows.getColumn(5));
    result.accuracy = optional_double(rows.getColumn(6));
    result.weights_sha256 = rows.getColumn(7).getString();
    result.bytes_sent = rows.getColumn(8).getInt64();
    result.host_distorted = rows.getColumn(9).getInt() != 0;
    result.distortion = rows.getColumn(10).getString();
    result.extrapolated = rows.getColumn(11).getInt() != 0;
    result.steps_total = rows.getColumn(12).getInt64();
    result.steps_run = rows.getColumn(13).getInt64();
    result.arithmetic = rows.getColumn(14).getString();
    result.seconds_per_step = rows.getColumn(15).getDouble();
    result.seconds_per_step_spread = rows.getColumn(16).getDouble();
  }
  return results;
}

void read_epochs(const SQLite::Database& database, Repeats& repeats) {
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, epoch, seconds, end_seconds, loss, accuracy
    FROM epochs ORDER BY point, repeat, epoch)sql");
  while (rows.executeStep()) {
    repeats.of(rows).epoch_results.push_back({rows.getColumn(2).getInt(),
                                              rows.getColumn(3).getDouble(),
                                              rows.getColumn(4).getDouble(),
                                              optional_double(rows.getColumn(5)),
                                              optional_double(rows.getColumn(6)),
                                              {}});
  }
}

void read_nodes(const SQLite::Database& database, Repeats& repeats) {
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, rank, compute_seconds, send_seconds, wait_seconds, reduce_seconds,
           bytes_sent, messages_sent
    FROM node_times ORDER BY point, repeat, rank)sql");
  while (rows.executeStep()) {
    repeats.of(rows).nodes.push_back({rows.getColumn(2).getInt(), rows.getColumn(3).getDouble(),
                                      rows.getColumn(4).getDouble(), rows.getColumn(5).getDouble(),
                                      rows.getColumn(6).getDouble(), rows.getColumn(7).getInt64(),
                                      rows.getColumn(8).getInt64()});
  }
}

void read_links(const SQLite::Database& database, Repeats& repeats) {
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, link, bytes, busy_seconds, requested_bits_per_second
    FROM links ORDER BY point, repeat, position)sql");
  while (rows.executeStep()) {
    repeats.of(rows).links.push_back({rows.getColumn(2).getString(), rows.getColumn(3).getInt64(),
                                      rows.getColumn(4).getDouble(),
                                      optional_double(rows.getColumn(5))});
  }
}

void read_link_queues(const SQLite::Database& database, Repeats& repeats) {
  if (!database.tableExists("link_queues")) return;  // schema 4
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, position, peak_bytes, drops FROM link_queues)sql");
  while (rows.executeStep()) {
    LinkUsage& link =
        repeats.of(rows).links.at(static_cast<std::size_t>(rows.getColumn(2).getInt()));
    link.queue_peak_bytes = rows.getColumn(3).getInt64();
    link.drops = rows.getColumn(4).getInt64();
  }
}

void read_weight_hashes(const SQLite::Database& database, Repeats& repeats) {
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, step, sha256 FROM weight_hashes ORDER BY point, repeat, step)sql");
  while (rows.executeStep()) {
    repeats.of(rows).weight_hashes.push_back(
        {rows.getColumn(2).getInt64(), rows.getColumn(3).getString()});
  }
}

void read_link_checks(const SQLite::Database& database, Repeats& repeats) {
  if (!database.tableExists("link_checks")) return;  // schema 1
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, way, quantity, requested, expected, delivered, within
    FROM link_checks ORDER BY point, repeat, position)sql");
  while (rows.executeStep()) {
    repeats.of(rows).link_checks.push_back(
        {rows.getColumn(2).getString(), rows.getColumn(3).getString(),
         rows.getColumn(4).getDouble(), rows.getColumn(5).getDouble(),
         rows.getColumn(6).getDouble(), rows.getColumn(7).getInt() != 0});
  }
}

void read_left_out(const SQLite::Database& database, Repeats& repeats) {
  if (!database.tableExists("left_out")) return;  // schema 2
  SQLite::Statement rows(database, "SELECT point, repeat, steps FROM left_out");
  while (rows.executeStep()) repeats.of(rows).steps_left_out = rows.getColumn(2).getInt64();
}

void read_network_settings(const SQLite::Database& database, Repeats& repeats) {
  if (!database.tableExists("network_settings")) return;  // schema 3
  SQLite::Statement rows(database, R"sql(
    SELECT point, repeat, name, value FROM network_settings ORDER BY point, repeat, position)sql");
  while (rows.executeStep()) {
    repeats.of(rows).network_settings.push_back(
        {rows.getColumn(2).getString(), rows.getColumn(3).getString()});
  }
}

}  // namespace

void insert_run(SQLite::Database& database, int run, const RunDescription& description) {
  SQLite::Statement row(database, "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert(row, run, description.scenario_name, description.mode, description.resolved_scenario,
         description.calibration, description.program_version, description.commit,
         description.machine, description.repeats);
}

void insert_points(SQLite::Database& database, const RunDescription& description) {
  SQLite::Statement point_row(database, "INSERT INTO points VALUES (?)");
  SQLite::Statement value_row(database, "INSERT INTO point_values VALUES (?, ?, ?, ?, ?, ?)");
  for (int point = 0; point < std::ssize(description.points); ++point) {
    const PointValues& values = description.points[static_cast<std::size_t>(point)];
    CHECK(values.size() == description.axes.size(), "point={}", point);
    insert(point_row, point);
    for (int position = 0; position < std::ssize(values); ++position) {
      const auto& [key, text] = values[static_cast<std::size_t>(position)];
      CHECK(key == description.axes[static_cast<std::size_t>(position)], "key={}", key);
      std::optional<double> number;
      std::optional<std::string> unit;
      if (const std::optional<Quantity> quantity = read_quantity(text)) {
        number = quantity->number;
        unit = quantity->unit;
      }
      insert(value_row, point, position, key, text, number, unit);
    }
  }
}

std::vector<RunDescription> read_descriptions(const SQLite::Database& database) {
  std::vector<RunDescription> descriptions;
  const std::vector<PointValues> points = read_points(database);
  SQLite::Statement rows(database, R"sql(
    SELECT scenario, mode, resolved_scenario, calibration, program_version, source_commit, machine,
           repeats
    FROM runs ORDER BY run)sql");
  while (rows.executeStep()) {
    RunDescription& description = descriptions.emplace_back();
    description.scenario_name = rows.getColumn(0).getString();
    description.mode = rows.getColumn(1).getString();
    description.resolved_scenario = rows.getColumn(2).getString();
    description.calibration = rows.getColumn(3).getString();
    description.program_version = rows.getColumn(4).getString();
    description.commit = rows.getColumn(5).getString();
    description.machine = rows.getColumn(6).getString();
    description.repeats = rows.getColumn(7).getInt();
    description.points = points;
    CHECK(!points.empty(), "a run without points");
    for (const auto& [key, text] : points.front()) description.axes.push_back(key);
  }
  return descriptions;
}

void insert_repeat(SQLite::Database& database, int run, const RepeatResult& result) {
  const auto [point, repeat] = std::pair(result.point, result.repeat);
  const std::optional<std::string> weights_sha256 =
      result.weights_sha256.empty() ? std::nullopt : std::optional(result.weights_sha256);
  SQLite::Statement repeat_row(
      database,
      "INSERT INTO repeats VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  insert(repeat_row, point, repeat, run, std::to_string(result.seed), result.train_seconds,
         result.epochs, result.loss, result.accuracy, weights_sha256, result.bytes_sent,
         result.host_distorted, result.distortion, result.extrapolated, result.steps_total,
         result.steps_run, result.arithmetic, result.seconds_per_step,
         result.seconds_per_step_spread);
  SQLite::Statement epoch_row(database, "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (const EpochResult& epoch : result.epoch_results) {
    insert(epoch_row, point, repeat, epoch.epoch, epoch.seconds, epoch.end_seconds, epoch.loss,
           epoch.accuracy);
  }
  SQLite::Statement node_row(database, "INSERT INTO node_times VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const NodeTimes& node : result.nodes) {
    insert(node_row, point, repeat, node.rank, node.compute_seconds, node.send_seconds,
           node.wait_seconds, node.reduce_seconds, node.bytes_sent, node.messages_sent);
  }
  SQLite::Statement link_row(database, "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?)");
  SQLite::Statement queue_row(database, "INSERT INTO link_queues VALUES (?, ?, ?, ?, ?)");
  int position = 0;
  for (const LinkUsage& link : result.links) {
    insert(link_row, point, repeat, position, link.link, link.bytes, link.busy_seconds,
           link.requested_bits_per_second);
    if (link.queue_peak_bytes) {
      insert(queue_row, point, repeat, position, *link.queue_peak_bytes, link.drops.value_or(0));
    }
    ++position;
  }
  SQLite::Statement hash_row(database, "INSERT INTO weight_hashes VALUES (?, ?, ?, ?)");
  for (const WeightHash& hash : result.weight_hashes) {
    insert(hash_row, point, repeat, hash.step, hash.sha256);
  }
  SQLite::Statement check_row(database,
                              "INSERT INTO link_checks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  position = 0;
  for (const LinkCheck& check : result.link_checks) {
    insert(check_row, point, repeat, position++, check.way, check.quantity, check.requested,
           check.expected, check.delivered, check.within);
  }
  if (result.steps_left_out > 0) {
    SQLite::Statement row(database, "INSERT INTO left_out VALUES (?, ?, ?)");
    insert(row, point, repeat, result.steps_left_out);
  }
  SQLite::Statement setting_row(database, "INSERT INTO network_settings VALUES (?, ?, ?, ?, ?)");
  position = 0;
  for (const NetworkSetting& setting : result.network_settings) {
    insert(setting_row, point, repeat, position++, setting.name, setting.value);
  }
  insert_quality(database, result);
  insert_observed(database, result);
}

bool has_repeat(const SQLite::Database& database, int point, int repeat) {
  SQLite::Statement row(database, "SELECT 1 FROM repeats WHERE point = ? AND repeat = ?");
  row.bind(1, point);
  row.bind(2, repeat);
  return row.executeStep();
}

std::vector<RepeatResult> read_repeats(const SQLite::Database& database) {
  std::vector<RepeatResult> results = read_repeat_rows(database);
  Repeats repeats(results);
  read_epochs(database, repeats);
  read_nodes(database, repeats);
  read_links(database, repeats);
  read_link_queues(database, repeats);
  read_weight_hashes(database, repeats);
  read_link_checks(database, repeats);
  read_left_out(database, repeats);
  read_network_settings(database, repeats);
  const auto find = [&repeats](int point, int repeat) -> RepeatResult& {
    return repeats.of(point, repeat);
  };
  read_quality(database, find);
  read_observed(database, find);
  return results;
}

}  // namespace gradwire
