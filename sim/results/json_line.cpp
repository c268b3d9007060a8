#include "sim/results/json_line.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "netmodel/check.hpp"
#include "sim/results/quantity.hpp"

namespace gradwire {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json json_of(const PointValues& values) {
  Json point = Json::object();
  for (const auto& [key, text] : values) {
    point[key] = is_plain_number(text) ? Json::parse(text) : Json(text);
  }
  return point;
}

}  // namespace

Json json_of(const RunDescription& description, const RepeatResult& result) {
  CHECK(result.point >= 0 && result.point < std::ssize(description.points), "point={}",
        result.point);
  const bool has_weights = !result.weights_sha256.empty();
  Json json;
  json["scenario"] = description.scenario_name;
  json["mode"] = description.mode;
  json["point"] = json_of(description.points[static_cast<std::size_t>(result.point)]);
  json["repeat"] = result.repeat;
  json["train_seconds"] = result.train_seconds;
  json["epochs"] = result.epochs;
  json["loss"] = json_of(result.loss);
  json["accuracy"] = json_of(result.accuracy);
  json["weights_sha256"] = has_weights ? Json(result.weights_sha256) : Json(nullptr);
  json["bytes_sent"] = result.bytes_sent;
  json["host_distorted"] = result.host_distorted;
  json["extrapolated"] = result.extrapolated;
  json["steps_total"] = result.steps_total;
  json["steps_run"] = result.steps_run;
  json["arithmetic"] = result.arithmetic;
  json["seconds_per_step"] = result.seconds_per_step;
  json["distortion"] = result.distortion.empty() ? Json(nullptr) : Json(result.distortion);
  json["seconds_per_step_spread"] =
      result.seconds_per_step_spread > 0 ? Json(result.seconds_per_step_spread) : Json(nullptr);
  json["seed"] = result.seed;
  json["steps_left_out"] = result.steps_left_out;
  return json;
}

std::string json_text(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string json_line(const RunDescription& description, const RepeatResult& result) {
  return json_text(json_of(description, result));
}

}  // namespace gradwire
