#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "netmodel/schedule.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cli/why.hpp"
#include "sim/cli/words.hpp"
#include "sim/results/human.hpp"
#include "sim/runners/command_run.hpp"
#include "sim/runners/point_run.hpp"
#include "sim/runners/sweep.hpp"
#include "trainer/nn/split_model.hpp"

namespace gradwire {
namespace {

// Each listed point is predicted, and nobody reads a longer table.
constexpr std::size_t kPointsListed = 200;

// How long a real mode measures: as MeasureSome decides, but for the narrow interval.
double measured_seconds(const Scenario& scenario, const RepeatResult& predicted) {
  const auto* measure = std::get_if<Scenario::MeasureSteps>(&scenario.measure);
  if (measure == nullptr) return predicted.train_seconds;
  const double all = std::min(static_cast<double>(measure->warmup + measure->steps),
                              static_cast<double>(predicted.steps_total)) *
                     predicted.seconds_per_step;
  const double least = (measure->warmup + 1) * predicted.seconds_per_step;
  return std::max(least, std::min(all, to_seconds(measure->at_most)));
}

// Why local mode does not run the scenario; none if it does.
std::optional<std::string> refusal_of_local_mode(const Plan& plan) {
  try {
    check_mode(plan, Mode::local);
    return std::nullopt;
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

bool is_by_features(const Point& point) { return point.scenario.partition.is_by_features(); }

// What the nodes sum in a step: gradients, or by features the sums of the first layer.
Bytes summed(const Point& point, Prepared& prepared) {
  const DataSource::Shape shape = prepared.data.shape(point.scenario.data);
  const TrainingPlan training = training_of(point.scenario, 0, shape);
  const std::int64_t values = is_by_features(point)
                                  ? training.samples.global_batch * first_layer_sums(training.model)
                                  : parameter_count(training.model);
  return {values * kElementBytes};
}

std::vector<std::string> header_of(const Plan& plan, bool with_nodes, bool with_local) {
  std::vector<std::string> header;
  for (const SweepAxis& axis : plan.axes) header.push_back(axis.key);
  if (with_nodes) header.emplace_back("nodes");
  header.emplace_back(std::ranges::any_of(plan.points, is_by_features) ? "summed" : "gradients");
  for (const char* title : {"steps", "per step", "training"}) {
    header.emplace_back(title);
  }
  if (with_local) header.emplace_back("local mode");
  return header;
}

// Where the costs of computing come from.
std::string basis_of(const Plan& plan) {
  std::set<std::string> bases;
  for (const Point& point : plan.points) {
    const Scenario& scenario = point.scenario;
    if (std::holds_alternative<Scenario::Device>(scenario.nodes.cost)) {
      bases.insert("from published figures of another machine");
    } else if (std::holds_alternative<Scenario::Calibrated>(scenario.nodes.cost) &&
               scenario.model.profile.empty()) {
      bases.insert("with the calibration of this machine");
    } else {
      bases.insert("with the costs that the scenario gives");
    }
  }
  return fmt::format("{}", fmt::join(bases, " and "));
}

void show_points(Prepared& prepared) {
  const Plan& plan = prepared.plan;
  const std::optional<std::string> refusal = refusal_of_local_mode(plan);
  const bool with_nodes = std::none_of(plan.axes.begin(), plan.axes.end(), [](const auto& axis) {
    return axis.key == "network.nodes";
  });
  const std::size_t listed = std::min(kPointsListed, plan.points.size());
  TextTable table(header_of(plan, with_nodes, !refusal));
  double real_seconds = 0.0;
  for (std::size_t i = 0; i < listed; ++i) {
    const Point& point = plan.points[i];
    const RepeatResult predicted = predict(point, 0, prepared.data, prepared.calibration);
    const double measured = measured_seconds(point.scenario, predicted);
    real_seconds += measured * plan.repeats;
    std::vector<std::string> row;
    for (const auto& [key, value] : point.swept) row.push_back(value);
    if (with_nodes) row.push_back(std::to_string(point.scenario.network.nodes));
    row.push_back(human_bytes(summed(point, prepared).count));
    row.push_back(std::to_string(predicted.steps_total));
    row.push_back(human_time(predicted.seconds_per_step));
    row.push_back(human_time(predicted.train_seconds));
    if (!refusal) row.push_back(human_time(measured));
    table.add(std::move(row));
  }
  fmt::print("{}\n", table.text());
  fmt::print("{}; times are predicted {}\n", extent_text(plan), basis_of(plan));
  for (const DeviceProfile* device : devices_of(plan)) {
    fmt::print(
        "{}: {:.0f} GFLOP/s ({}), of which {:.0f} % are used ({}); published figures, not "
        "measured by us\n",
        device->title, device->peak_flops / 1e9, device->peak_source, device->efficiency * 100,
        device->efficiency_source);
  }
  if (listed < plan.points.size()) fmt::print("the first {} points are listed\n", listed);
  if (refusal) {
    fmt::print("--mode local does not run this: {}\n", *refusal);
  } else {
    fmt::print("--mode local takes about {} for {}\n", human_time(real_seconds),
               listed < plan.points.size() ? "these" : "all of it");
  }
}

struct ShowArguments {
  ScenarioArguments scenario;
  bool resolved = false;
  WhyArguments why;
};

void show(const ShowArguments& shown) {
  const ScenarioArguments& arguments = shown.scenario;
  const bool explained = wants_why(shown.why);

  Prepared prepared;
  load(arguments, prepared);
  const Plan& plan = prepared.plan;
  if (shown.resolved) {
    fmt::print("{}", plan.resolved_yaml);
    return;
  }
  check_command(plan, to_string(Mode::virtual_time), false);
  if (explained) check_why(prepared, shown.why);
  calibrate(arguments, prepared);
  fmt::print("{}{}{}\n\n", plan.name, plan.about.empty() ? "" : ": ", plan.about);
  if (explained) return show_why(prepared, shown.why);
  show_points(prepared);
}

}  // namespace

void add_show_command(CLI::App& program) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* command = program.add_subcommand(
      "show", "Show the points of a scenario and what each will cost, and run nothing");
  add_scenario_arguments(*command, arguments->scenario);
  add_why_options(*command, arguments->why);
  command->add_flag("--resolved", arguments->resolved,
                    "Print the scenario with every default written out");
  command->callback([arguments] { show(*arguments); });
}

}  // namespace gradwire
