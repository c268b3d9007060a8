// Which places of the sequences of a batch hold a word and which are padding: what an embedding
// knows and an LSTM needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gradwire {

/// The token that stands for "no word here".
inline constexpr std::int32_t kPaddingToken = 0;

class SequenceMask {
 public:
  SequenceMask(int length, int max_rows)
      : length_(length),
        words_(static_cast<std::size_t>(length) * static_cast<std::size_t>(max_rows), 1) {}

  int length() const { return length_; }
  bool has_word(int row, int place) const { return words_[index(row, place)] != 0; }
  void set(int row, int place, bool word) { words_[index(row, place)] = word ? 1 : 0; }

 private:
  std::size_t index(int row, int place) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(length_) +
           static_cast<std::size_t>(place);
  }

  int length_;
  std::vector<std::uint8_t> words_;
};

}  // namespace gradwire
