#include "sim/cli/words.hpp"

#include <fmt/format.h>

#include "sim/results/human.hpp"

namespace gradwire {

std::string human_time(double seconds) { return time_format(seconds).with_unit(seconds); }

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace gradwire
