#include "sim/scenario/document.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <utility>

#include "sim/scenario/dynamics_values.hpp"
#include "sim/scenario/profile_values.hpp"
#include "sim/scenario/text.hpp"
#include "sim/scenario/yaml_document.hpp"

namespace gradwire {
namespace {

constexpr std::size_t kFileSizeMax = 1'000'000;  // bytes

// The text of the file; at most kFileSizeMax are read, whatever it is.
std::string read_file(const std::filesystem::path& file) {
  const std::string name = file.string();
  if (std::filesystem::is_directory(file)) {
    throw ScenarioError(fmt::format("{}: is a folder; allowed: a YAML file", name));
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw ScenarioError(fmt::format("{}: cannot be opened: {}", name, std::strerror(errno)));
  }
  std::string text(kFileSizeMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) throw ScenarioError(fmt::format("{}: cannot be read", name));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kFileSizeMax) {
    throw ScenarioError(
        fmt::format("{}: is too large; allowed: at most {} bytes", name, kFileSizeMax));
  }
  return text;
}

// A key, or a section, that is being read.
struct Spot {
  std::string name;
  int line = 0;
  bool swept = false;  // its value is one of an axis

  std::string label() const { return swept ? "sweep." + name : name; }
};

// Fills a document and the problems that are found on the way.
class Reader {
 public:
  Reader(const std::filesystem::path& file, Document& document, Problems& problems)
      : folder_(std::filesystem::absolute(file).parent_path()),
        document_(document),
        problems_(problems) {}

  void read_file_root(const YAML::Node& root);
  void apply_override(const std::string& text);

 private:
  using EntryVisitor = std::function<void(const std::string& name, int line, const YAML::Node&)>;

  void visit_entries(const Spot& spot, const YAML::Node& map, const EntryVisitor& visit);
  std::vector<Assignment> read_subtree(const Spot& spot, const YAML::Node& node);
  std::vector<Assignment> read_section(const Spot& spot, const YAML::Node& map);
  std::vector<Assignment> read_key(const Spot& spot, std::size_t key, const YAML::Node& node);
  std::vector<Axis> read_sweep(const YAML::Node& node, int line);
  void read_axis(std::string_view name, int line, const YAML::Node& list, std::vector<Axis>& axes);
  void override_axis(std::string_view key, const YAML::Node& node);
  void remove_axes_against(std::size_t key);
  void refuse_alternatives(const std::vector<Assignment>& assignments, bool swept);
  void refuse_unknown(const Spot& section, const std::string& name, int line);

  std::filesystem::path folder_;
  Document& document_;
  Problems& problems_;
};

void Reader::refuse_unknown(const Spot& section, const std::string& name, int line) {
  const Spot spot{full_key(section.name, name), line, section.swept};
  std::string problem = "unknown key";
  if (find_key(spot.name)) {
    // A dotted name is a key in --set and in the sweep only.
    document_.unusable.insert(spot.name);
    const std::size_t dot = spot.name.rfind('.');
    problem += fmt::format("; write '{}' inside the section '{}'", spot.name.substr(dot + 1),
                           spot.name.substr(0, dot));
  } else if (const auto meant = nearest_key(section.name, name)) {
    problem += fmt::format("; did you mean '{}'?", *meant);
    document_.unusable.insert(*meant);
  }
  problem += fmt::format("{} allowed here: {}", problem.ends_with('?') ? "" : ";",
                         comma_separated(children_of(section.name)));
  problems_.add(line, spot.label(), problem);
}

void Reader::visit_entries(const Spot& spot, const YAML::Node& map, const EntryVisitor& visit) {
  std::map<std::string, int> seen;
  for (const auto& entry : map) {
    const int line = line_of(entry.first, spot.line);
    if (!entry.first.IsScalar()) {
      problems_.add(line, spot.label(),
                    fmt::format("a key is {}; allowed: a name", shape_of(entry.first)));
      continue;
    }
    const std::string name = entry.first.Scalar();
    const auto [first, is_new] = seen.emplace(name, line);
    if (is_new) {
      visit(name, line, entry.second);
      continue;
    }
    const Spot again{full_key(spot.name, name), line, spot.swept};
    problems_.add(
        line, again.label(),
        line == kOverrideLine
            ? "is given twice; allowed: once"
            : fmt::format("is given twice, first in line {}; allowed: once", first->second));
  }
}

std::vector<Assignment> Reader::read_key(const Spot& spot, std::size_t key,
                                         const YAML::Node& node) {
  try {
    ReadValue read = read_value(key_table()[key].type, node, spot.line);
    const std::filesystem::path base =
        spot.line == kOverrideLine ? std::filesystem::current_path() : folder_;
    if (auto* traces = std::get_if<std::vector<TraceEntry>>(&read.value)) {
      read = with_files(std::move(*traces), base);
    }
    if (auto* profile = std::get_if<ProfileValue>(&read.value)) {
      read = with_layers(std::move(*profile), std::move(read.text), base, spot.line);
    }
    if (std::holds_alternative<PathType>(key_table()[key].type)) {
      read.text = (base / read.text).lexically_normal().string();
      require_utf8(read.text, spot.line);
      read.value = read.text;
    }
    const int line = line_of(node, spot.line);
    return {{key, std::make_shared<Setting>(
                      Setting{std::move(read.value), std::move(read.text), line})}};
  } catch (const ValueError& error) {
    document_.unusable.insert(spot.name);
    problems_.add(error.line(), spot.label(),
                  fmt::format("{}; allowed: {}", error.what(), allowed_at(spot.name)));
    return {};
  }
}

std::vector<Assignment> Reader::read_section(const Spot& spot, const YAML::Node& map) {
  if (spot.line != kOverrideLine && !spot.swept) document_.sections[spot.name] = spot.line;
  std::vector<Assignment> all;
  visit_entries(spot, map, [&](const std::string& name, int line, const YAML::Node& value) {
    const Spot child{full_key(spot.name, name), line, spot.swept};
    // A name with a dot is never a child: "network.nodes" at the top is not a key of the file.
    const bool known =
        name.find('.') == std::string::npos && (find_key(child.name) || is_section(child.name));
    if (!known) {
      refuse_unknown(spot, name, line);
      return;
    }
    for (Assignment& assignment : read_subtree(child, value)) all.push_back(std::move(assignment));
  });
  return all;
}

std::vector<Assignment> Reader::read_subtree(const Spot& spot, const YAML::Node& node) {
  const std::optional<std::size_t> key = find_key(spot.name);
  if (spot.name == "sweep") {
    if (spot.line != kOverrideLine) document_.sections[spot.name] = spot.line;
    document_.axes = read_sweep(node, spot.line);
    return {};
  }
  if (node.IsMap() && is_section(spot.name)) return read_section(spot, node);
  if (key) return read_key(spot, *key, node);
  document_.unusable.insert(spot.name);
  problems_.add(line_of(node, spot.line), spot.label(),
                fmt::format("is {}; allowed: {}", shape_of(node), allowed_at(spot.name)));
  return {};
}

void Reader::refuse_alternatives(const std::vector<Assignment>& assignments, bool swept) {
  std::set<std::size_t> given;
  for (const Assignment& assignment : assignments) {
    for (const std::size_t other : alternatives_to(assignment.key)) {
      if (!given.contains(other)) continue;
      const Spot spot{std::string(key_table()[assignment.key].name), assignment.setting->line,
                      swept};
      problems_.add(spot.line, spot.label(),
                    fmt::format("is given together with {}; allowed: one of the two",
                                key_table()[other].name));
      break;
    }
    given.insert(assignment.key);
  }
}

// --- the sweep

// The canonical text of an axis value: of one key, or of the keys of a section.
std::string axis_text(std::size_t axis_key, const std::vector<Assignment>& assignments) {
  if (assignments.size() == 1 && assignments.front().key == axis_key) {
    return assignments.front().setting->text;
  }
  std::vector<std::string> texts;
  for (const Assignment& assignment : assignments) {
    const std::string_view name = key_table()[assignment.key].name;
    texts.push_back(fmt::format("{}: {}", name.substr(key_table()[axis_key].name.size() + 1),
                                assignment.setting->text));
  }
  return fmt::format("{{{}}}", comma_separated(texts));
}

void Reader::read_axis(std::string_view name, int line, const YAML::Node& list,
                       std::vector<Axis>& axes) {
  const Spot spot{std::string(name), line, true};
  const std::optional<std::size_t> key = find_key(name);
  if (!key || !key_table()[*key].sweepable) {
    std::string problem = key ? "cannot be swept" : "unknown key";
    if (is_section(name) && !key) problem = "is a section, and only a key can be swept";
    if (const auto meant = nearest_sweepable_key(name); meant && !key) {
      problem += fmt::format("; did you mean '{}'?", *meant);
      document_.unusable.insert(*meant);
    }
    problem += fmt::format("{} allowed here: a full key such as network.nodes",
                           problem.ends_with('?') ? "" : ";");
    problems_.add(line, spot.label(), problem);
    return;
  }
  const std::size_t problems_before = problems_.count();
  if (!list.IsSequence() || list.size() == 0) {
    problems_.add(
        line_of(list, line), spot.label(),
        fmt::format("is {}; allowed: a list of values, each {}",
                    list.IsSequence() ? "an empty list" : shape_of(list), allowed_at(name)));
  }
  Axis axis{*key, line, {}};
  std::set<std::string> texts;
  for (const auto& item : list) {
    if (!list.IsSequence()) break;
    const Spot value_spot{spot.name, line_of(item, line), true};
    AxisValue value{"", read_subtree(value_spot, item)};
    if (value.assignments.empty() && problems_.count() == problems_before) {
      problems_.add(value_spot.line, spot.label(),
                    fmt::format("is an empty section; allowed: {}", allowed_at(name)));
    }
    if (value.assignments.empty()) continue;
    refuse_alternatives(value.assignments, true);
    value.text = axis_text(*key, value.assignments);
    if (!texts.insert(value.text).second) {
      problems_.add(value_spot.line, spot.label(),
                    fmt::format("{} is listed twice; allowed: different values", value.text));
    }
    axis.values.push_back(std::move(value));
  }
  if (problems_.count() > problems_before) document_.unusable.insert(spot.name);
  if (!axis.values.empty()) axes.push_back(std::move(axis));
}

std::vector<Axis> Reader::read_sweep(const YAML::Node& node, int line) {
  std::vector<Axis> axes;
  if (!node.IsMap()) {
    document_.unusable.insert("sweep");
    problems_.add(line_of(node, line), "sweep",
                  fmt::format("is {}; allowed: {}", shape_of(node), allowed_at("sweep")));
    return axes;
  }
  visit_entries({"", line, true}, node,
                [&](const std::string& name, int key_line, const YAML::Node& list) {
                  read_axis(name, key_line, list, axes);
                });
  for (std::size_t i = 0; i < axes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto& excluded = alternatives_to(axes[i].key);
      if (std::ranges::find(excluded, axes[j].key) == excluded.end()) continue;
      problems_.add(axes[i].line, fmt::format("sweep.{}", key_table()[axes[i].key].name),
                    fmt::format("is swept together with {}; allowed: one of the two",
                                key_table()[axes[j].key].name));
    }
  }
  return axes;
}

void Reader::read_file_root(const YAML::Node& root) {
  const Spot top{"", 1, false};
  if (!root.IsMap()) {
    throw ScenarioError(
        problem_text(document_.file, line_of(root, top.line), "",
                     fmt::format("the file is {}; allowed: {}", shape_of(root), allowed_at(""))));
  }
  std::vector<Assignment> all = read_section(top, root);
  refuse_alternatives(all, false);
  for (const Assignment& assignment : all) document_.settings.assign(assignment);
}

// --- overrides

// Axes over this key, or over one that it excludes.
void Reader::remove_axes_against(std::size_t key) {
  const std::vector<std::size_t>& excluded = alternatives_to(key);
  std::erase_if(document_.axes, [&](const Axis& axis) {
    return axis.key == key || std::ranges::find(excluded, axis.key) != excluded.end();
  });
}

void Reader::override_axis(std::string_view key, const YAML::Node& node) {
  std::vector<Axis> read;
  read_axis(key, kOverrideLine, node, read);
  for (Axis& axis : read) {
    const auto same = std::ranges::find(document_.axes, axis.key, &Axis::key);
    if (same != document_.axes.end()) {
      *same = std::move(axis);
    } else {
      remove_axes_against(axis.key);
      document_.axes.push_back(std::move(axis));
    }
  }
}

void Reader::apply_override(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems_.add(kOverrideLine, "", fmt::format("'{}' is no override; allowed: key=value", text));
    return;
  }
  const std::string name = text.substr(0, equals);
  YAML::Node node;
  try {
    node = parse_yaml(text.substr(equals + 1));
  } catch (const YamlError& error) {
    problems_.add(kOverrideLine, name, error.what());
    return;
  }
  if (constexpr std::string_view kSweep = "sweep."; name.starts_with(kSweep)) {
    override_axis(std::string_view(name).substr(kSweep.size()), node);
    return;
  }
  if (!find_key(name) && !is_section(name)) {
    const std::size_t dot = name.rfind('.');
    const std::string section = dot == std::string::npos ? "" : name.substr(0, dot);
    const bool known_section = section.empty() || is_section(section);
    refuse_unknown({known_section ? section : "", kOverrideLine, false},
                   known_section && dot != std::string::npos ? name.substr(dot + 1) : name,
                   kOverrideLine);
    return;
  }
  const std::vector<Assignment> all = read_subtree({name, kOverrideLine, false}, node);
  refuse_alternatives(all, false);
  for (const Assignment& assignment : all) {
    document_.settings.assign(assignment);
    remove_axes_against(assignment.key);
  }
}

}  // namespace

Settings::Settings() : settings_(key_table().size()) {}

void Settings::assign(const Assignment& assignment) {
  settings_[assignment.key] = assignment.setting;
  for (const std::size_t other : alternatives_to(assignment.key)) settings_[other] = nullptr;
}

void Settings::drop(std::size_t key) { settings_[key] = nullptr; }

bool Settings::excludes(std::size_t key) const {
  return std::ranges::any_of(alternatives_to(key),
                             [this](std::size_t other) { return settings_[other] != nullptr; });
}

const Axis* Document::axis_of(std::size_t key) const {
  const auto found = std::ranges::find(axes, key, &Axis::key);
  return found == axes.end() ? nullptr : &*found;
}

bool Document::is_unusable(std::string_view key) const {
  for (;;) {
    if (unusable.contains(key)) return true;
    const std::size_t dot = key.rfind('.');
    if (dot == std::string_view::npos) return false;
    key = key.substr(0, dot);
  }
}

Document read_document(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                       Problems& problems) {
  const std::string text = read_file(file);
  YAML::Node root;
  try {
    root = parse_yaml(text);
  } catch (const YamlError& error) {
    throw ScenarioError(problem_text(problems.file(), error.line(), "", error.what()));
  }
  Document document;
  document.file = problems.file();
  Reader reader(file, document, problems);
  reader.read_file_root(root);
  for (const std::string& override_text : overrides) reader.apply_override(override_text);
  return document;
}

}  // namespace gradwire
