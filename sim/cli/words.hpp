// How the commands write numbers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gradwire {

/// "12.3 ms", "2.21 min".
std::string human_time(double seconds);

/// "1 point", "16 points".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace gradwire
