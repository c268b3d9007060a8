#include "sim/scenario/resolved_yaml.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sim/scenario/build.hpp"
#include "sim/scenario/text.hpp"

namespace gradwire {
namespace {

bool may_be(const Document& document, const KeyHasValue& condition) {
  const std::vector<std::string> texts = possible_texts(document, condition.key);
  return std::ranges::find_first_of(texts, condition.values) != texts.end();
}

bool always_is(const Document& document, const KeyHasValue& condition) {
  const std::vector<std::string> texts = possible_texts(document, condition.key);
  return std::ranges::all_of(texts, [&condition](const std::string& text) {
    return std::ranges::find(condition.values, text) != condition.values.end();
  });
}

// Whether every value of some axis sets this key, or excludes it.
bool is_swept_away(const Document& document, std::size_t key) {
  const std::vector<std::size_t>& excluding = alternatives_to(key);
  const auto replaces = [&](const Assignment& assignment) {
    return assignment.key == key || std::ranges::find(excluding, assignment.key) != excluding.end();
  };
  return std::ranges::any_of(document.axes, [&](const Axis& axis) {
    return std::ranges::all_of(axis.values, [&](const AxisValue& value) {
      return std::ranges::any_of(value.assignments, replaces);
    });
  });
}

// A canonical text as YAML: only a text needs quotes, everything else is YAML already.
std::string as_yaml(std::size_t key, const std::string& text) {
  const ValueType& type = key_table()[key].type;
  const bool is_text =
      std::holds_alternative<TextType>(type) || std::holds_alternative<PathType>(type) ||
      std::holds_alternative<NameType>(type) || std::holds_alternative<ChoiceType>(type);
  const bool is_file = std::holds_alternative<ProfileType>(type) && !text.starts_with('[');
  return is_text || is_file ? yaml_text(text) : text;
}

std::string as_yaml(const Axis& axis, const AxisValue& value) {
  const bool is_section =
      value.assignments.size() != 1 || value.assignments.front().key != axis.key;
  return is_section ? value.text : as_yaml(axis.key, value.text);
}

// Writes "a.b.c: text" as nested sections; keys must come section by section.
class SectionWriter {
 public:
  void write(std::string_view key, const std::string& yaml) {
    std::size_t begin = 0;
    std::string indent;
    for (std::size_t dot = key.find('.'); dot != std::string_view::npos;
         dot = key.find('.', begin)) {
      const std::string section(key.substr(0, dot));
      if (!open_.starts_with(section + ".")) {
        text_ += fmt::format("{}{}:\n", indent, key.substr(begin, dot - begin));
        open_ = section + ".";
      }
      indent += "  ";
      begin = dot + 1;
    }
    text_ += fmt::format("{}{}: {}\n", indent, key.substr(begin), yaml);
    open_ = std::string(key.substr(0, begin));
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string open_;  // the sections that are open, as "a.b."
};

}  // namespace

std::vector<std::string> possible_texts(const Document& document, std::string_view key) {
  const std::size_t index = find_key(key).value();
  std::vector<std::string> texts;
  if (const Axis* axis = document.axis_of(index)) {
    for (const AxisValue& value : axis->values) texts.push_back(value.text);
  } else if (const Setting* setting = document.settings.find(index)) {
    texts.push_back(setting->text);
  } else if (!key_table()[index].fallback.empty()) {
    texts.emplace_back(key_table()[index].fallback);
  }
  return texts;
}

std::string resolved_yaml(const Document& document) {
  const std::vector<Key>& keys = key_table();
  Settings given = document.settings;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    // What no point uses must not hold off the defaults of its alternatives.
    if (is_swept_away(document, i)) given.drop(i);
  }
  const Settings all = with_defaults(given);
  SectionWriter writer;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Setting* setting = all.find(i);
    if (setting == nullptr || is_swept_away(document, i)) continue;
    const bool is_default = given.find(i) == nullptr;
    if (is_default && keys[i].only_with && !may_be(document, *keys[i].only_with)) continue;
    if (is_default && keys[i].fallback_with && !always_is(document, *keys[i].fallback_with)) {
      continue;
    }
    writer.write(keys[i].name, as_yaml(i, setting->text));
  }
  std::string text = writer.text();
  if (!document.axes.empty()) text += "sweep:\n";
  for (const Axis& axis : document.axes) {
    std::vector<std::string> values;
    for (const AxisValue& value : axis.values) values.push_back(as_yaml(axis, value));
    text += fmt::format("  {}: [{}]\n", keys[axis.key].name, comma_separated(values));
  }
  return text;
}

}  // namespace gradwire
