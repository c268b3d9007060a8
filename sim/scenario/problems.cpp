#include "sim/scenario/problems.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "sim/scenario/text.hpp"

namespace gradwire {
namespace {

constexpr std::size_t kLinesMax = 20;

}  // namespace

std::string place_text(std::string_view file, int line) {
  return line == kOverrideLine ? "--set" : fmt::format("{}:{}", file, line);
}

std::string problem_text(std::string_view file, int line, std::string_view key,
                         std::string_view problem) {
  std::string text = place_text(file, line);
  if (!key.empty()) text += fmt::format("{} {}", line == kOverrideLine ? "" : ":", key);
  text += fmt::format(": {}", problem);
  std::ranges::replace(text, '\n', ' ');
  return escaped(text);
}

void Problems::add(int line, std::string_view key, std::string_view problem) {
  problems_.push_back({problem_text(file_, line, key, problem), "", 0});
}

void Problems::add_at_point(int line, std::string_view key, std::string_view problem,
                            const std::string& point) {
  const std::string text = problem_text(file_, line, key, problem);
  const auto [known, is_new] = at_points_.try_emplace(text, problems_.size());
  if (is_new) {
    problems_.push_back({text, point, 1});
  } else {
    ++problems_[known->second].points;
  }
}

void Problems::throw_if_any(std::size_t point_count) const {
  if (problems_.empty()) return;
  std::string all;
  for (const Problem& problem : std::span(problems_).first(std::min(problems_.size(), kLinesMax))) {
    if (!all.empty()) all += '\n';
    all += problem.text;
    if (problem.points == 0 || problem.points == point_count) continue;
    all += fmt::format(" (at {}", problem.first_point);
    const std::size_t more = problem.points - 1;
    if (more > 0) all += fmt::format(" and {} more point{}", more, more == 1 ? "" : "s");
    all += ')';
  }
  if (problems_.size() > kLinesMax) {
    const std::size_t more = problems_.size() - kLinesMax;
    all += fmt::format("\n{}: {} more error{}", file_, more, more == 1 ? "" : "s");
  }
  throw ScenarioError(all);
}

}  // namespace gradwire
