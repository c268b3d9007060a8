#include "sim/cli/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "netmodel/check.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cli/words.hpp"
#include "sim/results/human.hpp"
#include "sim/results/json_line.hpp"

namespace gradwire {
namespace {

using Repeats = std::vector<const RepeatResult*>;
using ByPoint = std::map<int, Repeats>;

ByPoint by_point(const std::vector<RepeatResult>& results) {
  ByPoint points;
  for (const RepeatResult& result : results) points[result.point].push_back(&result);
  return points;
}

Summary summary_of(const Repeats& repeats) {
  std::vector<double> seconds;
  seconds.reserve(repeats.size());
  for (const RepeatResult* repeat : repeats) seconds.push_back(repeat->train_seconds);
  return summarise(std::move(seconds));
}

struct HashedStep {
  std::int64_t step = 0;
  bool same = false;
};

// The last step after which both noted a hash.
std::optional<HashedStep> last_hashed(const RepeatResult& a, const RepeatResult& b) {
  std::optional<HashedStep> last;
  for (const WeightHash& hash : a.weight_hashes) {
    for (const WeightHash& other : b.weight_hashes) {
      if (hash.step != other.step || (last && last->step > hash.step)) continue;
      last = HashedStep{hash.step, hash.sha256 == other.sha256};
    }
  }
  return last;
}

void compare_weights(const Repeats& predicted, const Repeats& measured, ComparedPoint& point) {
  for (const RepeatResult* a : predicted) {
    for (const RepeatResult* b : measured) {
      if (a->repeat != b->repeat) continue;
      const auto last = last_hashed(*a, *b);
      if (!last) continue;
      point.same_weights = (!point.hashed_step || point.same_weights) && last->same;
      point.hashed_step = std::min(point.hashed_step.value_or(last->step), last->step);
    }
  }
}

std::string range_text(const Summary& summary) {
  if (summary.spread == Spread::none) return "-";
  const TimeFormat format = time_format(summary.median);
  return fmt::format("{} to {}", format.number(summary.low), format.with_unit(summary.high));
}

std::string weights_text(const ComparedPoint& point) {
  if (!point.hashed_step) return "-";
  return fmt::format("{} at step {}", point.same_weights ? "same" : "DIFFER", *point.hashed_step);
}

}  // namespace

Comparison compare_results(const std::vector<RepeatResult>& predicted,
                           const std::vector<RepeatResult>& measured) {
  Comparison comparison;
  const ByPoint measured_points = by_point(measured);
  std::vector<double> differences;
  for (const auto& [index, repeats] : by_point(predicted)) {
    const auto other = measured_points.find(index);
    if (other == measured_points.end()) continue;
    ComparedPoint point;
    point.point = index;
    point.predicted = summary_of(repeats);
    point.measured = summary_of(other->second);
    point.difference = point.predicted.median / point.measured.median - 1.0;
    for (const RepeatResult* repeat : other->second) point.host_distorted |= repeat->host_distorted;
    compare_weights(repeats, other->second, point);
    comparison.same_weights &= !point.hashed_step || point.same_weights;
    differences.push_back(std::abs(point.difference));
    comparison.points.push_back(point);
  }
  CHECK(!differences.empty(), "no point was run in both modes");
  comparison.median_difference = summarise(differences).median;
  comparison.worst_difference = *std::max_element(differences.begin(), differences.end());
  return comparison;
}

std::string comparison_table(const RunDescription& predicted, const RunDescription& measured,
                             const Comparison& comparison) {
  const auto any = [&](auto holds) {
    return std::any_of(comparison.points.begin(), comparison.points.end(), holds);
  };
  const bool with_range = any([](const auto& point) { return point.measured.count > 1; });
  const bool distorted = any([](const auto& point) { return point.host_distorted; });
  std::vector<std::string> header = predicted.axes;
  header.insert(header.end(), {predicted.mode, measured.mode});
  if (with_range) header.push_back("spread of " + measured.mode);
  header.insert(header.end(), {"difference", "weights"});
  TextTable table(std::move(header));
  for (const ComparedPoint& point : comparison.points) {
    std::vector<std::string> row;
    for (const auto& [key, value] : predicted.points[static_cast<std::size_t>(point.point)]) {
      row.push_back(value);
    }
    row.push_back(human_time(point.predicted.median));
    row.push_back(human_time(point.measured.median) + (point.host_distorted ? " !" : ""));
    if (with_range) row.push_back(range_text(point.measured));
    row.push_back(fmt::format("{:+.1f} %", point.difference * 100));
    row.push_back(weights_text(point));
    table.add(std::move(row));
  }
  return table.text() +
         fmt::format("\ndifference of {} against {}: median {:.1f} %, worst {:.1f} %\n",
                     predicted.mode, measured.mode, comparison.median_difference * 100,
                     comparison.worst_difference * 100) +
         (distorted ? "! the machine was too busy for this measurement to be believed\n" : "");
}

std::string comparison_json(const RunDescription& predicted, const RunDescription& measured,
                            const Comparison& comparison) {
  std::string text;
  for (const ComparedPoint& point : comparison.points) {
    RepeatResult anywhere;  // its line spells the point as all lines do
    anywhere.point = point.point;
    nlohmann::ordered_json line;
    line["scenario"] = predicted.scenario_name;
    line["point"] = json_of(predicted, anywhere)["point"];
    line[predicted.mode + "_seconds"] = point.predicted.median;
    line[measured.mode + "_seconds"] = point.measured.median;
    line[measured.mode + "_low"] = point.measured.low;
    line[measured.mode + "_high"] = point.measured.high;
    line["difference"] = point.difference;
    line["host_distorted"] = point.host_distorted;
    line["same_weights"] = point.hashed_step ? nlohmann::ordered_json(point.same_weights)
                                             : nlohmann::ordered_json(nullptr);
    text += line.dump() + "\n";
  }
  return text;
}

}  // namespace gradwire
