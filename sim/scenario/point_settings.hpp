// The settings of one point as typed values, and where to report what is wrong with them.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "netmodel/check.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/key_lines.hpp"
#include "sim/scenario/problems.hpp"

namespace gradwire {

/// The index of a key that exists.
std::size_t index_of(std::string_view key);

/// "1 node", "2 nodes".
template <typename Count>
std::string counted(Count count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// Refers to its arguments, which must outlive it.
class PointSettings {
 public:
  PointSettings(const Settings& settings, const KeyLines& lines, const std::string& point,
                Problems& problems)
      : settings_(settings), lines_(lines), point_(point), problems_(problems) {}

  /// The value of the key; null if it has none. The type must be that of the key.
  template <typename T>
  const T* find(std::string_view key) const {
    const Setting* setting = settings_.find(index_of(key));
    return setting == nullptr ? nullptr : &std::get<T>(setting->value);
  }

  /// The same for a key that has a value.
  template <typename T>
  const T& get(std::string_view key) const {
    const T* value = find<T>(key);
    CHECK(value != nullptr, "no value for '{}'", key);
    return *value;
  }

  bool given(std::string_view key) const { return settings_.find(index_of(key)) != nullptr; }

  int integer(std::string_view key) const { return static_cast<int>(get<std::int64_t>(key)); }

  template <typename T>
  std::optional<T> optional(std::string_view key) const {
    const T* value = find<T>(key);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }

  std::optional<int> optional_integer(std::string_view key) const {
    return given(key) ? std::optional(integer(key)) : std::nullopt;
  }

  /// A choice among all values of an enumeration of the trainer, each by its name.
  template <typename Enum>
  Enum named(std::string_view key) const {
    const std::string& text = get<std::string>(key);
    for (int i = 0;; ++i) {
      if (to_string(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
    }
  }

  template <typename Enum>
  Enum choice(std::string_view key,
              std::initializer_list<std::pair<std::string_view, Enum>> values) const {
    const std::string& text = get<std::string>(key);
    const auto found = std::ranges::find(values, text, &std::pair<std::string_view, Enum>::first);
    CHECK(found != values.end(), "{} {}", key, text);
    return found->second;
  }

  const Value& value(std::string_view key) const { return settings_.find(index_of(key))->value; }

  /// Whether something is wrong with the scenario, as far as it was looked at.
  bool has_problems() const { return problems_.count() > 0; }

  /// Reports what is wrong with the key, at its line or the nearest there is.
  void problem(std::string_view key, const std::string& text) const;
  /// The same for a part of its value, which has a line of its own.
  void problem_at(int line, std::string_view key, const std::string& text) const;

 private:
  const Settings& settings_;
  const KeyLines& lines_;
  const std::string& point_;
  Problems& problems_;
};

}  // namespace gradwire
