#include "trainer/data/vocabulary.hpp"

#include <algorithm>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

Words tokenise(std::string_view text) {
  Words words;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_letter(text[i])) {
      word += lower(text[i]);
      continue;
    }
    const bool inside = i + 1 < text.size() && text[i] == '\'' && is_letter(text[i + 1]);
    if (word.empty() || inside) continue;
    words.push_back(std::exchange(word, {}));
  }
  return words;
}

Vocabulary::Vocabulary(std::span<const Words> texts, int minimum_count) {
  std::map<std::string, std::int64_t> counts;
  for (const Words& text : texts) {
    for (const std::string& word : text) ++counts[word];
  }
  std::vector<std::pair<std::int64_t, std::string>> kept;
  for (const auto& [word, count] : counts) {
    if (count >= minimum_count) kept.emplace_back(-count, word);
  }
  std::ranges::sort(kept);
  words_ = {"<pad>", "<start>", "<end>", "<unknown>"};
  for (auto& [count, word] : kept) {
    numbers_.emplace(word, size());
    words_.push_back(std::move(word));
  }
}

std::int32_t Vocabulary::number_of(std::string_view word) const {
  const auto found = numbers_.find(word);
  return found == numbers_.end() ? kUnknown : found->second;
}

const std::string& Vocabulary::word(std::int32_t number) const {
  CHECK(number >= 0 && number < size(), "word {} of {}", number, size());
  return words_[static_cast<std::size_t>(number)];
}

std::vector<std::int32_t> Vocabulary::encode(const Words& words) const {
  std::vector<std::int32_t> numbers = {kStart};
  for (const std::string& word : words) numbers.push_back(number_of(word));
  numbers.push_back(kEnd);
  return numbers;
}

Words Vocabulary::decode(std::span<const std::int32_t> numbers) const {
  Words words;
  for (const std::int32_t number : numbers) {
    if (number == kEnd) break;
    if (number != kPadding && number != kStart) words.push_back(word(number));
  }
  return words;
}

}  // namespace gradwire
