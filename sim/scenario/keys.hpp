// The keys of a scenario file, as one table. Parsing, error messages, the JSON schema, the table in
// docs/scenario.md and the defaults all come from it; nothing about a key is written anywhere else,
// except where its value enters the Scenario (build.cpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/value.hpp"

namespace gradwire {

/// "Key has one of these values".
struct KeyHasValue {
  std::string_view key;
  std::vector<std::string_view> values;
};

/// One of several ways to say a thing: keys of one group but different branches exclude each other.
struct Alternative {
  std::string_view group;
  int branch = 0;
};

struct Key {
  std::string_view name;  ///< full, e.g. "training.batch.per_node"
  ValueType type;
  std::string_view fallback{};  ///< the default as YAML; empty: none
  std::string_view help;        ///< what it means, one or two sentences

  bool required = false;
  bool sweepable = true;
  std::optional<KeyHasValue> only_with{};      ///< the key has a meaning only then
  std::optional<KeyHasValue> fallback_with{};  ///< the default holds only then
  std::string_view fallback_note{};            ///< the default in words, where fallback is not all
  std::vector<std::string_view> stand_ins{};  ///< other keys, any of which can stand in if required
  Alternative alternative{};
};

/// The table, in the order in which a scenario is written.
const std::vector<Key>& key_table();

/// "data.kind idx or cifar10"; with `separator` ": ", "data.kind: idx or cifar10".
std::string condition_text(const KeyHasValue& condition, std::string_view separator = " ");

/// Index into key_table(); none for a section or an unknown key.
std::optional<std::size_t> find_key(std::string_view name);

/// Whether keys lie below this one: "network", "training.epoch".
bool is_section(std::string_view name);

/// Names, without the section, of the keys and sections directly below; "" is the whole file.
std::vector<std::string_view> children_of(std::string_view section);

/// "network.nodes" from "network" and "nodes"; the name alone at the top.
std::string full_key(std::string_view section, std::string_view name);

/// Indices of the keys that giving this one excludes.
const std::vector<std::size_t>& alternatives_to(std::size_t key);

/// What a key or a section allows, in words that follow "allowed: ".
std::string allowed_at(std::string_view name);

/// The known key or section that the writer of an unknown one probably meant: the nearest in the
/// same section by edit distance, or one of the same name elsewhere; none if nothing is near.
std::optional<std::string> nearest_key(std::string_view section, std::string_view unknown);

/// The same for a full key that is to be swept.
std::optional<std::string> nearest_sweepable_key(std::string_view unknown);

/// The name that the writer of an unknown one probably meant, by edit distance; none if none is
/// near.
std::optional<std::string> nearest_name(std::string_view unknown,
                                        const std::vector<std::string>& names);

}  // namespace gradwire
