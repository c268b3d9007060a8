#include "sim/cli/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "netmodel/check.hpp"

namespace gradwire {

void TextTable::add(std::vector<std::string> row) {
  CHECK(row.size() == rows_.front().size(), "{} cells, {} columns", row.size(),
        rows_.front().size());
  rows_.push_back(std::move(row));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      line += fmt::format("{}{:>{}}", i == 0 ? "" : "  ", rows_[r][i], widths[i]);
    }
    text += line + "\n";
    if (r == 0) text += std::string(line.size(), '-') + "\n";
  }
  return text;
}

}  // namespace gradwire
