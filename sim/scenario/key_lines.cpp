#include "sim/scenario/key_lines.hpp"

namespace gradwire {

int KeyLines::near(std::string_view key) const {
  for (;;) {
    if (const auto found = lines_.find(key); found != lines_.end()) return found->second;
    const std::size_t dot = key.rfind('.');
    if (dot == std::string_view::npos) return 1;
    key = key.substr(0, dot);
  }
}

}  // namespace gradwire
