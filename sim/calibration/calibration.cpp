#include "sim/calibration/calibration.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "netmodel/check.hpp"
#include "sim/calibration/machine.hpp"

namespace gradwire {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

[[noreturn]] void throw_errno(const char* action, const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(),
                          fmt::format("{}: cannot {}", file.string(), action));
}

std::string read_all(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.is_open() || stream.bad()) throw_errno("read", file);
  return text;
}

// No cost, rate or batch size is zero or less.
std::int64_t positive(const Json& value) {
  const auto number = value.get<std::int64_t>();
  if (number < 1)
    throw std::range_error(fmt::format("holds {} where only more than 0 can be", number));
  return number;
}

}  // namespace

Calibration::Calibration() : machine_(describe_machine()) {}

Calibration Calibration::load(const std::filesystem::path& file) {
  Calibration calibration;
  if (!std::filesystem::exists(file)) return calibration;
  const auto refuse = [&file](const char* what) {
    throw CalibrationError(fmt::format("{}: {}; remove it, or name another file with --calibration",
                                       file.string(), what));
  };
  try {
    const Json json = Json::parse(read_all(file));
    if (json.at("gradwire_calibration") != kVersion) refuse("a calibration of another version");
    if (!json.at("machine").is_object()) refuse("does not say of which machine it is");
    calibration.machine_ = json.at("machine").dump();
    if (json.contains("reduce_bits_per_second")) {
      calibration.reduce_ = BitsPerSecond{positive(json.at("reduce_bits_per_second"))};
    }
    for (const auto& [model, costs] : json.at("models").items()) {
      ModelCosts& entry = calibration.models_[model];
      for (const auto& [rows, cost] : costs.at("gradients_ns").items()) {
        entry.gradients[static_cast<int>(positive(Json::parse(rows)))] = Duration(positive(cost));
      }
      for (const auto& [optimizer, cost] : costs.at("update_ns").items()) {
        entry.updates[optimizer] = Duration(positive(cost));
      }
    }
  } catch (const Json::exception&) {
    refuse("not a calibration file, or damaged");
  } catch (const std::range_error& error) {
    refuse(error.what());
  }
  return calibration;
}

void Calibration::save(const std::filesystem::path& file) const {
  std::error_code seen_below;
  std::filesystem::create_directories(file.parent_path(), seen_below);
  const auto temporary = std::filesystem::path(fmt::format("{}.{}", file.string(), getpid()));
  std::ofstream stream(temporary, std::ios::binary);
  stream << text() << "\n";
  stream.close();
  if (stream.fail()) throw_errno("write", temporary);
  std::error_code error;
  std::filesystem::rename(temporary, file, error);
  if (!error) return;
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  throw std::system_error(error, fmt::format("{}: cannot write", file.string()));
}

std::optional<std::string> Calibration::other_processor() const {
  const Json there = Json::parse(machine_);
  const Json here = Json::parse(describe_machine());
  const auto differs = [&](const char* key) { return there.value(key, "") != here.value(key, ""); };
  if (!differs("cpu") && !differs("isa")) return std::nullopt;
  return fmt::format("{}, {}", there.value("cpu", "unknown"), there.value("isa", "unknown"));
}

bool Calibration::covers(const CostNeed& need) const {
  return reduce_ && (need.rows.empty() || (missing_rows(need).empty() && has_update(need)));
}

std::set<int> Calibration::missing_rows(const CostNeed& need) const {
  const auto model = models_.find(signature(need.model));
  if (model == models_.end()) return need.rows;
  std::set<int> missing;
  for (const int rows : need.rows) {
    if (!model->second.gradients.contains(rows)) missing.insert(rows);
  }
  return missing;
}

bool Calibration::has_update(const CostNeed& need) const {
  const auto model = models_.find(signature(need.model));
  return model != models_.end() && model->second.updates.contains(signature(need.optimizer));
}

Costs Calibration::costs(const CostNeed& need) const {
  CHECK(covers(need), "no costs of {}", signature(need.model));
  const ModelCosts& model = models_.at(signature(need.model));
  std::map<int, Duration> gradients;
  for (const int rows : need.rows) gradients[rows] = model.gradients.at(rows);
  return {StepCost(gradients), model.updates.at(signature(need.optimizer)), *reduce_};
}

void Calibration::set_gradients(const ModelSpec& model, int rows, Duration cost) {
  models_[signature(model)].gradients[rows] = cost;
}

void Calibration::set_update(const ModelSpec& model, const OptimizerSpec& optimizer,
                             Duration cost) {
  models_[signature(model)].updates[signature(optimizer)] = cost;
}

Calibration Calibration::restricted_to(const std::vector<CostNeed>& needs) const {
  Calibration part;
  part.machine_ = machine_;
  part.reduce_ = reduce_;
  for (const CostNeed& need : needs) {
    if (need.rows.empty()) continue;
    const ModelCosts& from = models_.at(signature(need.model));
    ModelCosts& to = part.models_[signature(need.model)];
    for (const int rows : need.rows) to.gradients[rows] = from.gradients.at(rows);
    const std::string optimizer = signature(need.optimizer);
    to.updates[optimizer] = from.updates.at(optimizer);
  }
  return part;
}

std::string Calibration::text() const {
  Json json;
  json["gradwire_calibration"] = kVersion;
  json["machine"] = Json::parse(machine_);
  if (reduce_) json["reduce_bits_per_second"] = reduce_->count;
  json["models"] = Json::object();
  for (const auto& [model, costs] : models_) {
    Json& entry = json["models"][model];
    entry["gradients_ns"] = Json::object();
    entry["update_ns"] = Json::object();
    for (const auto& [rows, cost] : costs.gradients) {
      entry["gradients_ns"][std::to_string(rows)] = cost.count();
    }
    for (const auto& [optimizer, cost] : costs.updates)
      entry["update_ns"][optimizer] = cost.count();
  }
  for (const auto& [name, device] : cited_) {
    json["published_figures"][name] = {{"device", device->title},
                                       {"measured_by_us", false},
                                       {"peak_flops", device->peak_flops},
                                       {"peak_source", device->peak_source},
                                       {"efficiency", device->efficiency},
                                       {"efficiency_source", device->efficiency_source},
                                       {"memory_bytes_per_second", device->memory_bytes}};
  }
  return json.dump(2);
}

std::filesystem::path default_calibration_file() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return std::filesystem::path(cache) / "gradwire" / "calibration.json";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr ? home : "/tmp") / ".cache" / "gradwire" /
         "calibration.json";
}

}  // namespace gradwire
