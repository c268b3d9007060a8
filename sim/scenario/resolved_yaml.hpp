// A scenario written out in full: every default, canonical values, the order of the key table. Two
// files that mean the same have the same text, and the text is itself a scenario.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/document.hpp"

namespace gradwire {

/// `document` must be free of problems.
std::string resolved_yaml(const Document& document);

/// The texts that the key has over all points: of its axis, or its setting, or its default. Empty
/// if it has none.
std::vector<std::string> possible_texts(const Document& document, std::string_view key);

}  // namespace gradwire
