// A plain table for the terminal.
#pragma once

#include <string>
#include <vector>

namespace gradwire {

/// Columns as wide as their widest cell, numbers and text aligned to the right, two spaces between.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

  /// As many cells as the header has.
  void add(std::vector<std::string> row);

  bool empty() const { return rows_.size() == 1; }

  /// Header, a rule, and the rows; every line ended by a newline.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace gradwire
