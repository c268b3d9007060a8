// Texts as words, and words as numbers.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradwire {

using Words = std::vector<std::string>;

/// The words of a text in lower case: runs of letters and digits. Apostrophes inside a word are
/// left out ("dog's" is "dogs"), all other punctuation separates words. Bytes beyond ASCII count as
/// letters and stay as they are.
Words tokenise(std::string_view text);

/// The numbers of words; the first four are no words.
class Vocabulary {
 public:
  static constexpr std::int32_t kPadding = 0;
  static constexpr std::int32_t kStart = 1;
  static constexpr std::int32_t kEnd = 2;
  static constexpr std::int32_t kUnknown = 3;

  /// Of the words that occur at least `minimum_count` times, the more frequent ones first, equally
  /// frequent ones in alphabetical order.
  Vocabulary(std::span<const Words> texts, int minimum_count);

  std::int32_t size() const { return static_cast<std::int32_t>(words_.size()); }

  /// kUnknown for a word that is not in it.
  std::int32_t number_of(std::string_view word) const;

  /// 0 <= number < size(); "<pad>", "<start>", "<end>" and "<unknown>" for the first four.
  const std::string& word(std::int32_t number) const;

  /// kStart, the words, kEnd.
  std::vector<std::int32_t> encode(const Words& words) const;

  /// The words up to the first kEnd; padding and starts are left out.
  Words decode(std::span<const std::int32_t> numbers) const;

 private:
  Words words_;
  std::map<std::string, std::int32_t, std::less<>> numbers_;
};

}  // namespace gradwire
