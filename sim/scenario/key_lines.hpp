// Remembers where the keys of a scenario were given, for errors that are found later.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gradwire {

class KeyLines {
 public:
  /// kOverrideLine (problems.hpp) for a key that an override gave.
  void set(std::string_view key, int line) { lines_.insert_or_assign(std::string(key), line); }

  /// The line of the key; for one that was not given the line of the nearest section around it, or
  /// the first line of the file.
  int near(std::string_view key) const;

 private:
  std::map<std::string, int, std::less<>> lines_;
};

}  // namespace gradwire
