#include "sim/scenario/text.hpp"

#include <cstddef>

namespace gradwire {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// How many bytes the character has that `text` begins with, or 0 if they are not UTF-8: The Unicode
// Standard, version 15, table 3-7.
std::size_t character_length(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t long_length = lead < 0xf0 ? 3 : 4;
  const std::size_t length = lead < 0xe0 ? 2 : long_length;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xc0U) != 0x80) return 0;
  }
  const unsigned second = byte_at(text, 1);
  const bool is_too_long = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool is_surrogate = lead == 0xed && second > 0x9f;
  const bool is_too_large = lead == 0xf4 && second > 0x8f;
  return is_too_long || is_surrogate || is_too_large ? 0 : length;
}

bool is_control(std::string_view character) {
  const unsigned first = byte_at(character, 0);
  if (character.size() == 1) return (first < ' ' && first != '\n') || first == 0x7f;
  return first == 0xc2 && byte_at(character, 1) < 0xa0;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    if (length == 0 || is_control(character)) {
      for (std::size_t i = 0; i < character.size(); ++i) {
        safe += fmt::format("\\x{:02x}", byte_at(character, i));
      }
    } else {
      safe += character;
    }
    text.remove_prefix(character.size());
  }
  return safe;
}

}  // namespace gradwire
