#include "sim/scenario/point_settings.hpp"

namespace gradwire {

std::size_t index_of(std::string_view key) {
  const std::optional<std::size_t> index = find_key(key);
  CHECK(index.has_value(), "no key '{}'", key);
  return *index;
}

void PointSettings::problem(std::string_view key, const std::string& text) const {
  const Setting* setting = settings_.find(index_of(key));
  const bool has_line = setting != nullptr && setting->line != kDefaultLine;
  problem_at(has_line ? setting->line : lines_.near(key), key, text);
}

void PointSettings::problem_at(int line, std::string_view key, const std::string& text) const {
  problems_.add_at_point(line, key, text, point_);
}

}  // namespace gradwire
