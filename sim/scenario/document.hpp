// A scenario file as it was written, with the overrides applied: which keys are given, where, and
// with which values. Defaults, required keys and rules between keys come later (plan.cpp).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/keys.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/value.hpp"

namespace gradwire {

/// The value of a key and where it was given.
struct Setting {
  Value value;
  std::string text;  ///< canonical, see ReadValue
  int line = 0;
};

/// A setting for the key with this index in key_table().
struct Assignment {
  std::size_t key = 0;
  std::shared_ptr<const Setting> setting;
};

/// At most one setting for each key of the table, and never two that exclude each other.
class Settings {
 public:
  Settings();

  /// Replaces the setting of the key and drops what that excludes.
  void assign(const Assignment& assignment);
  void drop(std::size_t key);

  /// The setting of the key; null if there is none.
  const Setting* find(std::size_t key) const { return settings_[key].get(); }

  /// Whether a setting is there that excludes this key.
  bool excludes(std::size_t key) const;

 private:
  std::vector<std::shared_ptr<const Setting>> settings_;
};

/// One value of an axis: what it sets. More than one key only where the value is a section.
struct AxisValue {
  std::string text;
  std::vector<Assignment> assignments;
};

struct Axis {
  std::size_t key = 0;
  int line = 0;
  std::vector<AxisValue> values;
};

struct Document {
  std::string file;  ///< as the user named it
  Settings settings;
  std::vector<Axis> axes;
  std::map<std::string, int, std::less<>> sections;  ///< lines of the sections of the file
  std::set<std::string, std::less<>> unusable;       ///< given, or meant, but refused

  /// The axis over this key; null if it is not swept.
  const Axis* axis_of(std::size_t key) const;

  /// Whether the key, or a section around it, was given in a way that is refused: then nothing is
  /// known about it, and nothing more should be said.
  bool is_unusable(std::string_view key) const;
};

/// Reads the file, then applies the overrides in their order. Adds what is wrong to `problems`;
/// throws ScenarioError if the file cannot be read, or is not YAML.
Document read_document(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                       Problems& problems);

}  // namespace gradwire
