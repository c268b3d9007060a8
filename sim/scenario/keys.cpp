#include "sim/scenario/keys.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "sim/scenario/text.hpp"

namespace gradwire {
namespace {

std::string_view last_segment(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other
// (optimal string alignment; Damerau, Communications of the ACM 7(3), 1964).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitution});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

// The candidate nearest to the text; none if even that one differs in more than a third of it.
std::optional<std::string> nearest(std::string_view text,
                                   const std::vector<std::string>& candidates,
                                   std::string_view (*compared)(std::string_view)) {
  constexpr std::size_t kLongestKey = 64;
  if (text.size() > kLongestKey) return std::nullopt;
  std::size_t best_distance = std::max<std::size_t>(1, text.size() / 3) + 1;
  std::optional<std::string> best;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(text, compared(candidate));
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

std::string_view whole(std::string_view name) { return name; }

// The candidate that is nearest as a whole, or else in its last segment.
std::optional<std::string> nearest_of(std::string_view unknown,
                                      const std::vector<std::string>& candidates) {
  if (auto name = nearest(unknown, candidates, whole)) return name;
  return nearest(last_segment(unknown), candidates, last_segment);
}

bool exclude_each_other(const Alternative& a, const Alternative& b) {
  return !a.group.empty() && a.group == b.group && a.branch != b.branch;
}

// Every key and section, full, in the order of the table.
std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Key& key : key_table()) {
    for (std::size_t dot = key.name.find('.');; dot = key.name.find('.', dot + 1)) {
      const std::string name(key.name.substr(0, dot));
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
      if (dot == std::string_view::npos) break;
    }
  }
  return names;
}

}  // namespace

std::optional<std::size_t> find_key(std::string_view name) {
  static const std::map<std::string_view, std::size_t> indices = [] {
    std::map<std::string_view, std::size_t> by_name;
    for (const Key& key : key_table()) by_name.emplace(key.name, by_name.size());
    return by_name;
  }();
  const auto found = indices.find(name);
  return found == indices.end() ? std::nullopt : std::optional(found->second);
}

std::string condition_text(const KeyHasValue& condition, std::string_view separator) {
  return fmt::format("{}{}{}", condition.key, separator, describe(ChoiceType{condition.values}));
}

std::string full_key(std::string_view section, std::string_view name) {
  return section.empty() ? std::string(name) : fmt::format("{}.{}", section, name);
}

bool is_section(std::string_view name) {
  const std::string prefix = full_key(name, "");
  return std::ranges::any_of(key_table(),
                             [&prefix](const Key& key) { return key.name.starts_with(prefix); });
}

std::vector<std::string_view> children_of(std::string_view section) {
  const std::string prefix = full_key(section, "");
  std::vector<std::string_view> names;
  for (const Key& key : key_table()) {
    if (!key.name.starts_with(prefix)) continue;
    const std::string_view rest = key.name.substr(prefix.size());
    const std::string_view name = rest.substr(0, rest.find('.'));
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

const std::vector<std::size_t>& alternatives_to(std::size_t key) {
  static const std::vector<std::vector<std::size_t>> alternatives = [] {
    const std::vector<Key>& keys = key_table();
    std::vector<std::vector<std::size_t>> of_key(keys.size());
    for (std::size_t a = 0; a < keys.size(); ++a) {
      for (std::size_t b = 0; b < keys.size(); ++b) {
        if (exclude_each_other(keys[a].alternative, keys[b].alternative)) of_key[a].push_back(b);
      }
    }
    return of_key;
  }();
  return alternatives.at(key);
}

std::string allowed_at(std::string_view name) {
  const std::optional<std::size_t> index = find_key(name);
  std::string text = index ? describe(key_table()[*index].type) : "";
  if (!is_section(name)) return text;
  if (index) text += ", or ";
  return text + "a section with " + comma_separated(children_of(name));
}

std::optional<std::string> nearest_key(std::string_view section, std::string_view unknown) {
  std::vector<std::string> siblings;
  for (const std::string_view name : children_of(section)) {
    siblings.push_back(full_key(section, name));
  }
  if (auto sibling = nearest(unknown, siblings, last_segment)) return sibling;
  return nearest_of(unknown, all_names());
}

std::optional<std::string> nearest_sweepable_key(std::string_view unknown) {
  std::vector<std::string> sweepable;
  for (const Key& key : key_table()) {
    if (key.sweepable) sweepable.emplace_back(key.name);
  }
  return nearest_of(unknown, sweepable);
}

std::optional<std::string> nearest_name(std::string_view unknown,
                                        const std::vector<std::string>& names) {
  return nearest(unknown, names, whole);
}

}  // namespace gradwire
