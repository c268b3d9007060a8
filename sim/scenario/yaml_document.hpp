// YAML text to a node, with errors that say where.
#pragma once

#include <yaml-cpp/yaml.h>

#include <stdexcept>
#include <string>

namespace gradwire {

/// A text that is not one YAML document.
class YamlError : public std::runtime_error {
 public:
  YamlError(int line, const std::string& problem) : std::runtime_error(problem), line_(line) {}

  /// Counted from 1.
  int line() const { return line_; }

 private:
  int line_;
};

/// The only document of the text; a null node if there is none. Throws YamlError.
YAML::Node parse_yaml(const std::string& text);

}  // namespace gradwire
