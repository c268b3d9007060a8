#include "sim/results/table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>

#include "netmodel/check.hpp"
#include "sim/results/human.hpp"
#include "sim/results/quantity.hpp"
#include "sim/results/statistics.hpp"

namespace gradwire {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kReset = "\x1b[0m";

constexpr std::string_view kNothing = "-";

// More columns than these are of no use; the export has them all.
constexpr std::size_t kReportedMax = 6;

struct Column {
  std::string header;
  bool to_the_right = true;
  std::vector<std::string> cells = {};
};

// What the legend must explain.
struct MarksUsed {
  bool range = false;
  bool interval = false;
  bool step_interval = false;
  bool extrapolated = false;
  std::string distortion;  // of the first repeat that was distorted
  bool distorted = false;
};

// The repeats of one point.
using PointResults = std::vector<const RepeatResult*>;

// Columns a terminal needs: code points, not bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string last_part(const std::string& key) { return key.substr(key.rfind('.') + 1); }

// "nodes" for network.nodes, unless another axis ends in the same word.
std::string short_name(const std::string& key, const std::vector<std::string>& axes) {
  const auto same = std::count_if(axes.begin(), axes.end(), [&](const std::string& other) {
    return last_part(other) == last_part(key);
  });
  return same > 1 ? key : last_part(key);
}

std::vector<Column> axis_columns(const RunDescription& description) {
  std::vector<Column> columns;
  for (std::size_t axis = 0; axis < description.axes.size(); ++axis) {
    Column column{short_name(description.axes[axis], description.axes)};
    for (const PointValues& values : description.points) {
      column.cells.push_back(values.at(axis).second);
      column.to_the_right = column.to_the_right && read_quantity(values[axis].second).has_value();
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

template <typename Value>
Summary summary_of(const PointResults& results, Value value) {
  std::vector<double> values;
  values.reserve(results.size());
  for (const RepeatResult* result : results) values.push_back(value(*result));
  return summarise(std::move(values));
}

std::string spread_text(const Summary& time, const TimeFormat& format, MarksUsed& used) {
  switch (time.spread) {
    case Spread::none:
      return "";
    case Spread::range:
      used.range = true;
      return fmt::format("{}..{}", format.number(time.low), format.number(time.high));
    case Spread::interval95:
      used.interval = true;
      return fmt::format("[{}, {}]", format.number(time.low), format.number(time.high));
  }
  return "";
}

std::string marks_text(const PointResults& results, MarksUsed& used) {
  std::string marks;
  const auto first = [&](bool RepeatResult::*mark) {
    return std::find_if(results.begin(), results.end(),
                        [&](const RepeatResult* result) { return result->*mark; });
  };
  if (first(&RepeatResult::extrapolated) != results.end()) {
    used.extrapolated = true;
    marks += '~';
  }
  if (const auto distorted = first(&RepeatResult::host_distorted); distorted != results.end()) {
    if (!used.distorted) used.distortion = (*distorted)->distortion;
    used.distorted = true;
    marks += '!';
  }
  return marks;
}

std::string accuracy_text(const PointResults& results) {
  std::vector<double> values;
  for (const RepeatResult* result : results) {
    if (result->accuracy) values.push_back(*result->accuracy);
  }
  return values.empty() ? std::string(kNothing) : fmt::format("{:.4f}", summarise(values).median);
}

// The median over the repeats of a score after the last epoch.
std::string score_text(const PointResults& results, std::string_view name) {
  std::vector<double> values;
  for (const RepeatResult* result : results) {
    if (result->epoch_results.empty()) continue;
    for (const EpochScore& score : result->epoch_results.back().scores) {
      if (score.name == name && score.value) values.push_back(*score.value);
    }
  }
  return values.empty() ? std::string(kNothing) : fmt::format("{:.4f}", summarise(values).median);
}

// What the columns of the others show already.
bool is_shown_elsewhere(std::string_view key) {
  return key == "step" || key == "seconds" || key == "accuracy";
}

// A column for each number that a command of the user's own has reported on rank 0: the median over
// the repeats of its last value.
std::vector<Column> reported_columns(const std::vector<PointResults>& points) {
  std::vector<Column> columns;
  for (std::size_t point = 0; point < points.size(); ++point) {
    std::map<std::string, std::vector<double>> values;
    for (const RepeatResult* result : points[point]) {
      std::map<std::string, double> last;
      for (const ReportedMetric& metric : result->metrics) {
        if (metric.rank != 0 || is_shown_elsewhere(metric.key)) continue;
        const std::optional<double> number = number_of(metric.value);
        if (number && std::isfinite(*number)) last[metric.key] = *number;
      }
      for (const auto& [key, value] : last) values[key].push_back(value);
    }
    for (const auto& [key, numbers] : values) {
      auto column = std::ranges::find(columns, key, &Column::header);
      if (column == columns.end()) {
        if (columns.size() == kReportedMax) continue;
        column = columns.insert(column, {.header = key, .cells = {}});
      }
      column->cells.resize(point, std::string(kNothing));
      column->cells.push_back(fmt::format("{:.4g}", summarise(numbers).median));
    }
  }
  for (Column& column : columns) column.cells.resize(points.size(), std::string(kNothing));
  return columns;
}

std::string step_text(const PointResults& results, MarksUsed& used) {
  const double step =
      summary_of(results, [](const RepeatResult& r) { return r.seconds_per_step; }).median;
  const TimeFormat format = time_format(step);
  const double spread = results.front()->seconds_per_step_spread;
  if (results.size() > 1 || spread == 0) return format.with_unit(step);
  used.step_interval = true;
  return fmt::format("{} ±{}", format.with_unit(step), format.number(spread));
}

std::vector<Column> result_columns(const std::vector<PointResults>& points, int repeats,
                                   MarksUsed& used) {
  Column done{"repeats"};
  Column time{"train time"};
  Column marks{"", false};
  Column spread{"spread", false};
  Column accuracy{"accuracy"};
  Column bleu{"BLEU-4"};  // of captions only
  Column step{"per step"};
  Column sent{"sent"};
  for (const PointResults& results : points) {
    done.cells.push_back(fmt::format("{}/{}", results.size(), repeats));
    if (results.empty()) {
      for (Column* column : {&time, &accuracy, &bleu, &step, &sent})
        column->cells.emplace_back(kNothing);
      for (Column* column : {&marks, &spread}) column->cells.emplace_back();
      continue;
    }
    const Summary seconds =
        summary_of(results, [](const RepeatResult& r) { return r.train_seconds; });
    const TimeFormat format = time_format(seconds.median);
    time.cells.push_back(format.with_unit(seconds.median));
    marks.cells.push_back(marks_text(results, used));
    spread.cells.push_back(spread_text(seconds, format, used));
    accuracy.cells.push_back(accuracy_text(results));
    bleu.cells.push_back(score_text(results, "bleu4-beam"));
    step.cells.push_back(step_text(results, used));
    const Summary bytes = summary_of(
        results, [](const RepeatResult& r) { return static_cast<double>(r.bytes_sent); });
    sent.cells.push_back(human_bytes(static_cast<std::int64_t>(bytes.median)));
  }
  std::vector<Column> columns = {done, time};
  if (used.extrapolated || used.distorted) columns.push_back(marks);
  if (used.range || used.interval) columns.push_back(spread);
  columns.push_back(accuracy);
  const auto is_known = [](const std::string& cell) { return cell != kNothing; };
  if (std::ranges::any_of(bleu.cells, is_known)) columns.push_back(bleu);
  const std::vector<Column> reported = reported_columns(points);
  columns.insert(columns.end(), reported.begin(), reported.end());
  columns.insert(columns.end(), {step, sent});
  return columns;
}

std::size_t column_width(const Column& column) {
  std::size_t widest = width(column.header);
  for (const std::string& cell : column.cells) widest = std::max(widest, width(cell));
  return widest;
}

std::string padded(const Column& column, const std::string& text, std::size_t columns_wide) {
  const std::string space(columns_wide - width(text), ' ');
  return column.to_the_right ? space + text : text + space;
}

// Header and rows; no line ends in white space.
std::vector<std::string> lines_of(const std::vector<Column>& columns) {
  std::vector<std::string> lines(columns.front().cells.size() + 1);
  for (const Column& column : columns) {
    const std::size_t columns_wide = column_width(column);
    for (std::size_t line = 0; line < lines.size(); ++line) {
      const std::string& text = line == 0 ? column.header : column.cells[line - 1];
      // Marks stand close to the number they mark.
      const bool close = column.header.empty();
      lines[line] += (lines[line].empty() && &column == &columns.front()) ? "" : close ? " " : "  ";
      lines[line] += padded(column, text, columns_wide);
    }
  }
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

std::vector<std::string> legend(const MarksUsed& used) {
  std::vector<std::string> lines;
  if (used.range) lines.emplace_back("a..b    smallest and largest repeat (fewer than six)");
  if (used.interval) lines.emplace_back("[a, b]  95 % interval of the median");
  if (used.step_interval) lines.emplace_back("±       95 % interval over the steps of one repeat");
  if (used.extrapolated)
    lines.emplace_back("~       extrapolated from the steps that were measured");
  if (used.distorted) {
    lines.push_back("!       distorted by this machine" +
                    (used.distortion.empty() ? "" : ", first by: " + used.distortion));
  }
  return lines;
}

}  // namespace

std::string result_table(const RunDescription& description,
                         const std::vector<RepeatResult>& results, bool colour) {
  std::vector<PointResults> points(description.points.size());
  for (const RepeatResult& result : results) {
    CHECK(result.point >= 0 && result.point < std::ssize(points), "point={}", result.point);
    points[static_cast<std::size_t>(result.point)].push_back(&result);
  }
  MarksUsed used;
  std::vector<Column> columns = axis_columns(description);
  std::vector<Column> values = result_columns(points, description.repeats, used);
  columns.insert(columns.end(), values.begin(), values.end());

  const auto paint = [&](std::string_view code, const std::string& line) {
    return colour && !code.empty() ? fmt::format("{}{}{}\n", code, line, kReset) : line + "\n";
  };
  std::string text = fmt::format("{} ({})\n\n", description.scenario_name, description.mode);
  const std::vector<std::string> lines = lines_of(columns);
  text += paint(kBold, lines.front());
  for (std::size_t point = 0; point < points.size(); ++point) {
    const bool distorted = std::any_of(points[point].begin(), points[point].end(),
                                       [](const RepeatResult* r) { return r->host_distorted; });
    const std::string_view code = points[point].empty() ? kDim : distorted ? kYellow : "";
    text += paint(code, lines[point + 1]);
  }
  const std::vector<std::string> explained = legend(used);
  if (!explained.empty()) text += "\n";
  for (const std::string& line : explained) text += paint(kDim, line);
  return text;
}

}  // namespace gradwire
