#include "sim/results/export.hpp"

#include <fmt/core.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/results/json_line.hpp"
#include "sim/results/quality_rows.hpp"

namespace gradwire {
namespace {

using Json = nlohmann::ordered_json;

std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string field(const char* text) { return field(std::string(text)); }
std::string field(double value) { return fmt::format("{}", value); }
std::string field(std::int64_t value) { return fmt::format("{}", value); }
std::string field(std::uint64_t value) { return fmt::format("{}", value); }
std::string field(int value) { return fmt::format("{}", value); }
std::string field(bool value) { return value ? "true" : "false"; }
template <typename Value>
std::string field(const std::optional<Value>& value) {
  return value ? field(*value) : "";
}

/// A CSV file (RFC 4180, lines end in a single line feed) whose rows begin with their point.
class CsvFile {
 public:
  CsvFile(std::filesystem::path path, const RunDescription& description,
          std::initializer_list<const char*> columns)
      : path_(std::move(path)), stream_(path_, std::ios::binary), description_(description) {
    text_ = "point";
    for (const std::string& axis : description.axes) text_ += "," + field(axis);
    text_ += ",repeat";
    for (const char* column : columns) text_ += "," + field(column);
    text_ += "\n";
  }

  template <typename... Values>
  void row(const RepeatResult& result, const Values&... values) {
    text_ += field(result.point);
    for (const auto& [key, value] :
         description_.points.at(static_cast<std::size_t>(result.point))) {
      text_ += "," + field(value);
    }
    text_ += "," + field(result.repeat);
    ((text_ += "," + field(values)), ...);
    text_ += "\n";
    if (text_.size() > kChunk) flush();
  }

  void close() {
    flush();
    stream_.close();
    if (!stream_) throw StorageError(fmt::format("{}: cannot write this file", path_.string()));
  }

 private:
  static constexpr std::size_t kChunk = 1 << 20;

  void flush() {
    stream_ << text_;
    text_.clear();
  }

  std::filesystem::path path_;
  std::ofstream stream_;
  const RunDescription& description_;
  std::string text_;
};

void write_repeats(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    file.row(r, r.seed, r.train_seconds, r.epochs, r.loss, r.accuracy, r.weights_sha256,
             r.bytes_sent, r.host_distorted, r.distortion, r.extrapolated, r.steps_total,
             r.steps_run, r.arithmetic, r.seconds_per_step, r.seconds_per_step_spread,
             r.steps_left_out);
  }
  file.close();
}

void write_epochs(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const EpochResult& e : r.epoch_results) {
      file.row(r, e.epoch, e.seconds, e.end_seconds, e.loss, e.accuracy);
    }
  }
  file.close();
}

void write_node_times(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const NodeTimes& n : r.nodes) {
      file.row(r, n.rank, n.compute_seconds, n.send_seconds, n.wait_seconds, n.reduce_seconds,
               n.bytes_sent, n.messages_sent);
    }
  }
  file.close();
}

void write_links(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const LinkUsage& l : r.links) {
      file.row(r, l.link, l.bytes, l.busy_seconds, l.requested_bits_per_second, l.queue_peak_bytes,
               l.drops);
    }
  }
  file.close();
}

void write_weights(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const WeightHash& w : r.weight_hashes) file.row(r, w.step, w.sha256);
  }
  file.close();
}

void write_link_checks(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const LinkCheck& c : r.link_checks) {
      file.row(r, c.way, c.quantity, c.requested, c.expected, c.delivered, c.within);
    }
  }
  file.close();
}

void write_network_settings(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const NetworkSetting& s : r.network_settings) file.row(r, s.name, s.value);
  }
  file.close();
}

void write_scores(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const EpochResult& e : r.epoch_results) {
      for (const EpochScore& s : e.scores) file.row(r, e.epoch, s.name, s.value, s.low, s.high);
    }
  }
  file.close();
}

void write_confusion(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    const std::size_t classes = class_count(r);
    for (std::size_t i = 0; i < r.confusion.size(); ++i) {
      file.row(r, static_cast<std::int64_t>(i / classes), static_cast<std::int64_t>(i % classes),
               r.confusion[i]);
    }
  }
  file.close();
}

void write_metrics(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const ReportedMetric& m : r.metrics) {
      file.row(r, m.rank, m.line, m.seconds, m.key, m.value);
    }
  }
  file.close();
}

void write_samples(CsvFile file, const std::vector<RepeatResult>& results) {
  for (const RepeatResult& r : results) {
    for (const ResourceSample& s : r.samples) {
      file.row(r, s.rank, s.seconds, s.cpu_share, s.memory_bytes, s.bytes_received, s.bytes_sent,
               s.packets_received, s.packets_sent, s.retransmits, s.gpu_share, s.gpu_memory_bytes);
    }
  }
  file.close();
}

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json observed(const RepeatResult& result) {
  Json json;
  json["metrics"] = Json::array();
  for (const ReportedMetric& m : result.metrics) {
    json["metrics"].push_back({{"rank", m.rank},
                               {"line", m.line},
                               {"seconds", m.seconds},
                               {"key", m.key},
                               {"value", m.value}});
  }
  json["resource_samples"] = Json::array();
  for (const ResourceSample& s : result.samples) {
    json["resource_samples"].push_back({{"rank", s.rank},
                                        {"seconds", s.seconds},
                                        {"cpu_share", s.cpu_share},
                                        {"memory_bytes", s.memory_bytes},
                                        {"bytes_received", s.bytes_received},
                                        {"bytes_sent", s.bytes_sent},
                                        {"packets_received", s.packets_received},
                                        {"packets_sent", s.packets_sent},
                                        {"retransmits", s.retransmits},
                                        {"gpu_share", or_null(s.gpu_share)},
                                        {"gpu_memory_bytes", or_null(s.gpu_memory_bytes)}});
  }
  return json;
}

Json details(const RunDescription& description, const RepeatResult& result) {
  Json json = json_of(description, result);
  json["epoch_results"] = Json::array();
  for (const EpochResult& e : result.epoch_results) {
    json["epoch_results"].push_back({{"epoch", e.epoch},
                                     {"seconds", e.seconds},
                                     {"end_seconds", e.end_seconds},
                                     {"loss", or_null(e.loss)},
                                     {"accuracy", or_null(e.accuracy)},
                                     {"scores", Json::object()}});
    for (const EpochScore& s : e.scores) {
      json["epoch_results"].back()["scores"][s.name] = {
          {"value", or_null(s.value)}, {"low", or_null(s.low)}, {"high", or_null(s.high)}};
    }
  }
  json["nodes"] = Json::array();
  for (const NodeTimes& n : result.nodes) {
    json["nodes"].push_back({{"rank", n.rank},
                             {"compute_seconds", n.compute_seconds},
                             {"send_seconds", n.send_seconds},
                             {"wait_seconds", n.wait_seconds},
                             {"reduce_seconds", n.reduce_seconds},
                             {"bytes_sent", n.bytes_sent},
                             {"messages_sent", n.messages_sent}});
  }
  json["links"] = Json::array();
  for (const LinkUsage& l : result.links) {
    json["links"].push_back({{"link", l.link},
                             {"bytes", l.bytes},
                             {"busy_seconds", l.busy_seconds},
                             {"requested_bits_per_second", or_null(l.requested_bits_per_second)},
                             {"queue_peak_bytes", or_null(l.queue_peak_bytes)},
                             {"drops", or_null(l.drops)}});
  }
  json["weight_hashes"] = Json::array();
  for (const WeightHash& w : result.weight_hashes) {
    json["weight_hashes"].push_back({{"step", w.step}, {"sha256", w.sha256}});
  }
  json["link_checks"] = Json::array();
  for (const LinkCheck& c : result.link_checks) {
    json["link_checks"].push_back({{"way", c.way},
                                   {"quantity", c.quantity},
                                   {"requested", c.requested},
                                   {"expected", c.expected},
                                   {"delivered", c.delivered},
                                   {"within", c.within}});
  }
  json["network_settings"] = Json::object();
  for (const NetworkSetting& s : result.network_settings) {
    json["network_settings"][s.name] = s.value;
  }
  json.update(observed(result));
  json["confusion"] = Json::array();
  const std::size_t classes = class_count(result);
  for (std::size_t row = 0; row < classes; ++row) {
    const auto begin = result.confusion.begin() + static_cast<std::ptrdiff_t>(row * classes);
    json["confusion"].push_back(
        std::vector<std::int64_t>(begin, begin + static_cast<std::ptrdiff_t>(classes)));
  }
  return json;
}

}  // namespace

void export_csv(const ResultStore& store, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw ResultsError(
        fmt::format("{}: cannot create this folder: {}", folder.string(), error.message()));
  }
  const RunDescription run = store.description();
  const std::vector<RepeatResult> results = store.repeats();
  write_repeats(
      {folder / "repeats.csv",
       run,
       {"seed", "train_seconds", "epochs", "loss", "accuracy", "weights_sha256", "bytes_sent",
        "host_distorted", "distortion", "extrapolated", "steps_total", "steps_run", "arithmetic",
        "seconds_per_step", "seconds_per_step_spread", "steps_left_out"}},
      results);
  write_epochs(
      {folder / "epochs.csv", run, {"epoch", "seconds", "end_seconds", "loss", "accuracy"}},
      results);
  write_node_times({folder / "node_times.csv",
                    run,
                    {"rank", "compute_seconds", "send_seconds", "wait_seconds", "reduce_seconds",
                     "bytes_sent", "messages_sent"}},
                   results);
  write_links(
      {folder / "links.csv",
       run,
       {"link", "bytes", "busy_seconds", "requested_bits_per_second", "queue_peak_bytes", "drops"}},
      results);
  write_weights({folder / "weights.csv", run, {"step", "sha256"}}, results);
  write_link_checks({folder / "link_checks.csv",
                     run,
                     {"way", "quantity", "requested", "expected", "delivered", "within"}},
                    results);
  write_network_settings({folder / "network_settings.csv", run, {"name", "value"}}, results);
  write_scores({folder / "epoch_scores.csv", run, {"epoch", "name", "value", "low", "high"}},
               results);
  write_metrics({folder / "metrics.csv", run, {"rank", "line", "seconds", "key", "value"}},
                results);
  write_samples(
      {folder / "resource_samples.csv",
       run,
       {"rank", "seconds", "cpu_share", "memory_bytes", "bytes_received", "bytes_sent",
        "packets_received", "packets_sent", "retransmits", "gpu_share", "gpu_memory_bytes"}},
      results);
  write_confusion({folder / "confusion.csv", run, {"label", "taken_for", "samples"}}, results);
}

std::string export_json(const ResultStore& store) {
  const std::vector<RunDescription> runs = store.descriptions();
  const RunDescription& first = runs.front();
  Json json;
  json["gradwire_results"] = 1;
  json["scenario"] = first.scenario_name;
  json["mode"] = first.mode;
  json["axes"] = first.axes;
  json["repeats_wanted"] = first.repeats;
  json["resolved_scenario"] = first.resolved_scenario;
  json["calibration"] = first.calibration;
  json["runs"] = Json::array();
  for (const RunDescription& run : runs) {
    json["runs"].push_back({{"program_version", run.program_version},
                            {"commit", run.commit},
                            {"machine", run.machine}});
  }
  json["repeats"] = Json::array();
  for (const RepeatResult& result : store.repeats()) {
    json["repeats"].push_back(details(first, result));
  }
  return json_text(json, 1) + "\n";
}

}  // namespace gradwire
