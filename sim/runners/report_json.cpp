#include "sim/runners/report_json.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "trainer/data/dataset.hpp"

namespace gradwire {
namespace {

using nlohmann::json;

json from(TimePoint time) { return time.time_since_epoch().count(); }
json from(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }
std::optional<double> optional_from(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

json from(const std::vector<Score>& scores) {
  json all = json::array();
  for (const auto& [name, value, low, high] : scores) {
    all.push_back({name, value, from(low), from(high)});
  }
  return all;
}

TimePoint time_from(const json& value) { return TimePoint(Duration(value.get<std::int64_t>())); }
Duration duration_from(const json& value) { return Duration(value.get<std::int64_t>()); }

// JSON has no value that is not a number; a training that diverges has.
double number_from(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace

json to_json(const WorkerReport& report) {
  // A member that is added to the report does not compile here: it must travel, too.
  const auto& [epochs, step_ends, compute, exchange, sent, weights_sha256, hashes, confusion] =
      report;
  json all;
  all["epochs"] = json::array();
  for (const auto& [start, end, loss_sum, samples, accuracy, scores] : epochs) {
    all["epochs"].push_back({{"start", from(start)},
                             {"end", from(end)},
                             {"loss_sum", loss_sum},
                             {"samples", samples},
                             {"accuracy", from(accuracy)},
                             {"scores", from(scores)}});
  }
  all["step_ends"] = json::array();
  for (const TimePoint end : step_ends) all["step_ends"].push_back(from(end));
  all["compute"] = compute.count();
  all["exchange"] = {exchange.send.count(), exchange.wait.count(), exchange.reduce.count()};
  all["sent"] = {sent.bytes.count, sent.messages};
  all["weights_sha256"] = weights_sha256;
  all["confusion"] = confusion;
  all["hashes"] = json::array();
  for (const auto& [step, hash] : hashes) all["hashes"].push_back({step, hash});
  return all;
}

WorkerReport report_from(const json& all) {
  WorkerReport report;
  for (const json& epoch : all.at("epochs")) {
    WorkerReport::Epoch& record = report.epochs.emplace_back();
    record.start = time_from(epoch.at("start"));
    record.end = time_from(epoch.at("end"));
    record.loss_sum = number_from(epoch.at("loss_sum"));
    record.samples = epoch.at("samples").get<std::int64_t>();
    record.accuracy = optional_from(epoch.at("accuracy"));
    for (const json& score : epoch.at("scores")) {
      record.scores.push_back({score.at(0).get<std::string>(), number_from(score.at(1)),
                               optional_from(score.at(2)), optional_from(score.at(3))});
    }
  }
  for (const json& end : all.at("step_ends")) report.step_ends.push_back(time_from(end));
  report.compute = duration_from(all.at("compute"));
  const json& exchange = all.at("exchange");
  report.exchange = {duration_from(exchange.at(0)), duration_from(exchange.at(1)),
                     duration_from(exchange.at(2))};
  report.sent = {Bytes{all.at("sent").at(0).get<std::int64_t>()},
                 all.at("sent").at(1).get<std::int64_t>()};
  report.weights_sha256 = all.at("weights_sha256").get<std::string>();
  report.confusion = all.at("confusion").get<std::vector<std::int64_t>>();
  for (const json& hash : all.at("hashes")) {
    report.hashes[hash.at(0).get<std::int64_t>()] = hash.at(1).get<std::string>();
  }
  return report;
}

// Base64, since JSON has no bytes.
json to_json(const NodeState& state) {
  const std::string bytes = to_bytes(state);
  if (bytes.size() > std::numeric_limits<int>::max()) {
    throw DataError(
        fmt::format("a state of {} bytes; allowed to travel: less than 2 GiB", bytes.size()));
  }
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock() ends it with a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

NodeState state_from(const json& text) {
  const auto& encoded = text.get_ref<const std::string&>();
  std::string bytes(encoded.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(encoded.data()),
                                   static_cast<int>(encoded.size()));
  if (size < 0) throw DataError("a state that was sent is not in base64");
  // It counts what fills the last group up.
  const std::size_t filled = encoded.ends_with("==") ? 2 : encoded.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(size) - filled);
  return state_from_bytes(bytes);
}

json to_json(const std::vector<ResourceSample>& samples) {
  json all = json::array();
  for (const auto& [rank, seconds, cpu_share, memory_bytes, bytes_received, bytes_sent,
                    packets_received, packets_sent, retransmits, gpu_share, gpu_memory_bytes] :
       samples) {
    all.push_back({rank, seconds, cpu_share, memory_bytes, bytes_received, bytes_sent,
                   packets_received, packets_sent, retransmits, from(gpu_share),
                   gpu_memory_bytes ? json(*gpu_memory_bytes) : json(nullptr)});
  }
  return all;
}

std::vector<ResourceSample> samples_from(const json& all) {
  std::vector<ResourceSample> samples;
  for (const json& one : all) {
    ResourceSample& sample = samples.emplace_back();
    sample.rank = one.at(0).get<int>();
    sample.seconds = one.at(1).get<double>();
    sample.cpu_share = one.at(2).get<double>();
    sample.memory_bytes = one.at(3).get<std::int64_t>();
    sample.bytes_received = one.at(4).get<std::int64_t>();
    sample.bytes_sent = one.at(5).get<std::int64_t>();
    sample.packets_received = one.at(6).get<std::int64_t>();
    sample.packets_sent = one.at(7).get<std::int64_t>();
    sample.retransmits = one.at(8).get<std::int64_t>();
    sample.gpu_share = optional_from(one.at(9));
    if (!one.at(10).is_null()) sample.gpu_memory_bytes = one.at(10).get<std::int64_t>();
  }
  return samples;
}

}  // namespace gradwire
