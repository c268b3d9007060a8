#include "sim/scenario/plan.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "netmodel/check.hpp"
#include "sim/scenario/build.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/resolved_yaml.hpp"

namespace gradwire {
namespace {

constexpr std::size_t kPointsMax = 100'000;

KeyLines key_lines(const Document& document) {
  KeyLines lines;
  for (const auto& [section, line] : document.sections) lines.set(section, line);
  for (std::size_t i = 0; i < key_table().size(); ++i) {
    if (const Setting* setting = document.settings.find(i)) {
      lines.set(key_table()[i].name, setting->line);
    }
  }
  for (const Axis& axis : document.axes) lines.set(key_table()[axis.key].name, axis.line);
  return lines;
}

bool is_given(const Document& document, std::string_view name) {
  const std::optional<std::size_t> key = find_key(name);
  CHECK(key.has_value(), "no key '{}'", name);
  return document.settings.find(*key) != nullptr || document.axis_of(*key) != nullptr ||
         document.is_unusable(name) ||
         (key_table()[*key].sweepable && document.is_unusable("sweep"));
}

// Whether the condition holds at some point. If the value that decides is not usable: it may.
bool may_hold(const Document& document, const KeyHasValue& condition) {
  const std::vector<std::string> texts = possible_texts(document, condition.key);
  return document.is_unusable(condition.key) ||
         std::ranges::find_first_of(texts, condition.values) != texts.end();
}

// The condition that holds at no point: of the key, or of one that its own conditions are about.
std::optional<KeyHasValue> unmet_condition(const Document& document, const Key& key) {
  std::optional<KeyHasValue> unmet;
  for (auto condition = key.only_with; condition;
       condition = key_table()[find_key(condition->key).value()].only_with) {
    if (!may_hold(document, *condition)) unmet = condition;
  }
  return unmet;
}

void require_keys(const Document& document, const KeyLines& lines, Problems& problems) {
  for (const Key& key : key_table()) {
    if (!key.required || is_given(document, key.name)) continue;
    const auto given = [&document](std::string_view name) { return is_given(document, name); };
    if (std::ranges::any_of(key.stand_ins, given)) continue;
    if (key.only_with && !may_hold(document, *key.only_with)) continue;
    const std::string reason =
        key.only_with ? fmt::format(" with {}", condition_text(*key.only_with)) : "";
    problems.add(lines.near(key.name), key.name,
                 fmt::format("missing, but required{}; allowed: {}", reason, allowed_at(key.name)));
  }
}

// Refuses keys that have a meaning at no point. Those of the file that lost it by an override are
// dropped: "--set strategy.kind=parameter-server" need not undo "algorithm: ring".
void refuse_meaningless_keys(Document& document, const KeyLines& lines, Problems& problems) {
  for (std::size_t i = 0; i < key_table().size(); ++i) {
    const Key& key = key_table()[i];
    const std::optional<KeyHasValue> unmet = unmet_condition(document, key);
    if (!unmet) continue;
    const Setting* setting = document.settings.find(i);
    const Axis* axis = document.axis_of(i);
    if (setting == nullptr && axis == nullptr) continue;
    const int line = axis != nullptr ? axis->line : setting->line;
    if (line != kOverrideLine && lines.near(unmet->key) == kOverrideLine) {
      document.settings.drop(i);
      std::erase_if(document.axes, [i](const Axis& swept) { return swept.key == i; });
      continue;
    }
    problems.add(line, key.name,
                 fmt::format("has no meaning with {} {}; allowed: only with {}", unmet->key,
                             possible_texts(document, unmet->key).front(), condition_text(*unmet)));
  }
}

// The number of points of the sweep; refuses more than kPointsMax.
std::size_t count_points(const Document& document, const KeyLines& lines, Problems& problems) {
  std::size_t count = 1;
  for (const Axis& axis : document.axes) {
    count *= axis.values.size();
    if (count <= kPointsMax) continue;
    problems.add(lines.near("sweep"), "sweep",
                 fmt::format("has more than {} points; allowed: at most so many", kPointsMax));
    return 0;
  }
  return count;
}

// The point with this index: the last axis varies fastest.
Point expand_point(const Document& document, std::size_t index, const KeyLines& lines,
                   Problems& problems) {
  Point point;
  point.index = static_cast<int>(index);
  Settings settings = document.settings;
  std::vector<const AxisValue*> chosen(document.axes.size());
  for (std::size_t a = document.axes.size(); a-- > 0;) {
    const std::vector<AxisValue>& values = document.axes[a].values;
    chosen[a] = &values[index % values.size()];
    index /= values.size();
  }
  std::string name;
  for (std::size_t a = 0; a < chosen.size(); ++a) {
    const std::string_view key = key_table()[document.axes[a].key].name;
    point.swept.emplace_back(key, chosen[a]->text);
    name += fmt::format("{}{}={}", a == 0 ? "" : ", ", key, chosen[a]->text);
    for (const Assignment& assignment : chosen[a]->assignments) settings.assign(assignment);
  }
  point.scenario = build_scenario(with_defaults(std::move(settings)), lines, name, problems);
  return point;
}

const std::string& text_of(const Settings& settings, std::string_view key) {
  const Setting* setting = settings.find(find_key(key).value());
  CHECK(setting != nullptr, "no value for '{}'", key);
  return setting->text;
}

}  // namespace

std::string Plan::where(std::string_view key) const { return place_text(file, lines.near(key)); }

ScenarioError Plan::error(std::string_view key, std::string_view problem) const {
  return ScenarioError(problem_text(file, lines.near(key), key, problem));
}

std::set<const DeviceProfile*> devices_of(const Plan& plan) {
  std::set<const DeviceProfile*> devices;
  for (const Point& point : plan.points) {
    if (const auto* device = std::get_if<Scenario::Device>(&point.scenario.nodes.cost)) {
      devices.insert(device->profile);
    }
  }
  return devices;
}

Plan load_plan(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  Problems problems(file.string());
  Document document = read_document(file, overrides, problems);
  KeyLines lines = key_lines(document);
  require_keys(document, lines, problems);
  refuse_meaningless_keys(document, lines, problems);
  const std::size_t count = count_points(document, lines, problems);
  problems.throw_if_any();

  Plan plan;
  plan.file = problems.file();
  const Settings settings = with_defaults(document.settings);
  plan.name = text_of(settings, "name");
  if (is_given(document, "about")) plan.about = text_of(settings, "about");
  plan.repeats = std::stoi(text_of(settings, "repeats"));
  for (const Axis& axis : document.axes) {
    SweepAxis swept{std::string(key_table()[axis.key].name), {}};
    for (const AxisValue& value : axis.values) swept.values.push_back(value.text);
    plan.axes.push_back(std::move(swept));
  }
  plan.points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    plan.points.push_back(expand_point(document, i, lines, problems));
  }
  problems.throw_if_any(count);
  plan.lines = std::move(lines);
  plan.resolved_yaml = resolved_yaml(document);
  return plan;
}

}  // namespace gradwire
