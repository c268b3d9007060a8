#include "sim/cli/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "netmodel/check.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/results/human.hpp"
#include "sim/runners/explanation.hpp"

namespace gradwire {
namespace {

// The first steps open windows and find buckets full.
constexpr std::int64_t kUsualStep = 3;
// Causes that are listed of a point; the rest is summed up.
constexpr std::size_t kCausesListed = 6;
constexpr std::size_t kPointsListed = 200;

std::string text_of(const FlowLimit& limit, const std::vector<std::string>& links) {
  switch (limit.kind) {
    case FlowLimit::Kind::link:
      return "link " + links.at(limit.link);
    case FlowLimit::Kind::ramp:
      return "slow start";
    case FlowLimit::Kind::window:
      return "window of the buffers";
    case FlowLimit::Kind::loss:
      return "loss";
    case FlowLimit::Kind::software:
      return "software";
    case FlowLimit::Kind::partition:
      return "partition";
  }
  CHECK(false, "limit {}", static_cast<int>(limit.kind));
}

std::string text_of(const Cause& cause, const std::vector<std::string>& links) {
  switch (cause.kind) {
    case Cause::Kind::compute:
      return "computing";
    case Cause::Kind::limit:
      return text_of(cause.limit, links);
    case Cause::Kind::latency:
      return "latency";
    case Cause::Kind::idle:
      return "idle";
  }
  CHECK(false, "cause {}", static_cast<int>(cause.kind));
}

class WhyTable {
 public:
  explicit WhyTable(const Plan& plan) : table_(header_of(plan)) {}

  void add(const Point& point, const Explanation& explanation) {
    const double step = to_seconds(explanation.end - explanation.begin);
    const TimeFormat format = time_format(step);
    std::vector<std::string> lead;
    for (const auto& [key, value] : point.swept) lead.push_back(value);
    lead.push_back(std::to_string(explanation.step));
    lead.push_back(human(format, step));
    const auto row = [&](const std::string& cause, double seconds) {
      std::vector<std::string> cells = lead;
      cells.push_back(cause);
      cells.push_back(human(format, seconds));
      cells.push_back(step > 0 ? fmt::format("{:.1f} %", 100 * seconds / step) : "-");
      table_.add(std::move(cells));
      std::ranges::fill(lead, "");  // a point is named once
    };
    const std::vector<PathPiece>& shares = explanation.shares;
    const std::size_t listed = shares.size() <= kCausesListed + 1 ? shares.size() : kCausesListed;
    for (std::size_t i = 0; i < listed; ++i) {
      row(text_of(shares[i].cause, explanation.links), to_seconds(shares[i].length));
    }
    Duration rest{};
    for (std::size_t i = listed; i < shares.size(); ++i) rest += shares[i].length;
    if (rest > Duration{}) row(fmt::format("{} others", shares.size() - listed), to_seconds(rest));
  }

  std::string text() const { return table_.text(); }

 private:
  static std::vector<std::string> header_of(const Plan& plan) {
    std::vector<std::string> header;
    for (const SweepAxis& axis : plan.axes) header.push_back(axis.key);
    for (const char* title : {"step", "takes", "for", "time", "share"}) header.emplace_back(title);
    return header;
  }
  static std::string human(const TimeFormat& format, double seconds) {
    return format.with_unit(seconds);
  }

  TextTable table_;
};

// The messages of every explained step.
class FlowsFile {
 public:
  explicit FlowsFile(std::string path) : path_(std::move(path)) {
    text_ = "point,from,to,bytes,handed,turn,first_byte,left,arrived,mean_bits_per_second,limit\n";
  }

  void add(const Point& point, const Explanation& explanation) {
    const auto seconds = [&](TimePoint when) {
      return fmt::format("{}", to_seconds(when - explanation.begin));
    };
    for (const FlowRecord& flow : explanation.flows) {
      text_ += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", point.index, flow.from, flow.to,
                           flow.size.count, seconds(flow.handed), seconds(flow.turn),
                           seconds(flow.first_byte()), seconds(flow.left), seconds(flow.arrived),
                           flow.mean_rate().count, text_of(flow.limit(), explanation.links));
    }
  }

  void write() const {
    errno = 0;
    std::ofstream file(path_, std::ios::binary);
    file << text_;
    file.close();
    if (!file) throw std::system_error(errno, std::generic_category(), path_);
  }

 private:
  std::string path_;
  std::string text_;
};

std::int64_t chosen_step(const Point& point, const WhyArguments& arguments, DataSource& data) {
  const std::int64_t steps = steps_of(point, data);
  if (arguments.step == 0) return std::min(kUsualStep, steps);
  if (arguments.step > steps) {
    throw UsageError(fmt::format("--step {}: the training has {} steps ({}); allowed: 1 to {}",
                                 arguments.step, steps, point_text(point.swept), steps));
  }
  return arguments.step;
}

}  // namespace

void add_why_options(CLI::App& command, WhyArguments& arguments) {
  command.add_flag("--why", arguments.why,
                   "Show what the time of a step goes to: which link, window, loss\n"
                   "or computing the step waits for, one after the other");
  command
      .add_option("--step", arguments.step,
                  "With --why: the step, from 1 [default: 3, or the last]")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000'000).description(""));
  command
      .add_option("--flows", arguments.flows,
                  "With --why: write the messages of the step, when each left and\n"
                  "arrived and what held it back, as CSV")
      ->type_name("FILE");
}

bool wants_why(const WhyArguments& arguments) {
  if (!arguments.why && (arguments.step != 0 || !arguments.flows.empty())) {
    throw UsageError(
        fmt::format("{}: only with --why", arguments.step != 0 ? "--step" : "--flows"));
  }
  return arguments.why;
}

void check_why(Prepared& prepared, const WhyArguments& arguments) {
  for (const Point& point : prepared.plan.points) chosen_step(point, arguments, prepared.data);
}

void show_why(Prepared& prepared, const WhyArguments& arguments) {
  const Plan& plan = prepared.plan;
  const std::size_t listed = std::min(kPointsListed, plan.points.size());
  WhyTable table(plan);
  FlowsFile flows(arguments.flows);
  for (std::size_t i = 0; i < listed; ++i) {
    const Point& point = plan.points[i];
    const Explanation explanation = explain(point, chosen_step(point, arguments, prepared.data),
                                            prepared.data, prepared.calibration);
    table.add(point, explanation);
    flows.add(point, explanation);
  }
  fmt::print("{}\n", table.text());
  fmt::print("{}; what a step waits for from its end back to its beginning, as rank 0 sees it\n",
             extent_text(plan));
  if (listed < plan.points.size()) fmt::print("the first {} points are listed\n", listed);
  if (!arguments.flows.empty()) flows.write();
}

}  // namespace gradwire
