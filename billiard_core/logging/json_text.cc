#include "billiard_core/logging/json_text.h"

#include <cstdint>
#include <cstdio>

namespace billiard::logging {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

bool Continues(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

// Bytes of the UTF-8 character at the beginning; 0: there is none. Neither overlong forms, nor surrogates, nor
// what is above U+10FFFF are characters.
size_t LengthOfCharacter(absl::string_view text) {
  const uint8_t first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!Continues(text[i])) return 0;
  }
  const uint8_t second = static_cast<uint8_t>(text[1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool outside = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || outside ? 0 : length;
}

void AppendAscii(char c, std::string* json) {
  if (c == '"' || c == '\\') {
    json->push_back('\\');
    json->push_back(c);
  } else if (c == '\n') {
    json->append("\\n");
  } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) {
    char escape[8];
    snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
    json->append(escape);
  } else {
    json->push_back(c);
  }
}

}  // namespace

void AppendJsonText(absl::string_view text, std::string* json) {
  json->push_back('"');
  while (!text.empty()) {
    const size_t length = LengthOfCharacter(text);
    if (length == 1) {
      AppendAscii(text[0], json);
    } else if (length == 0) {
      json->append(kReplacement);
    } else {
      json->append(text.data(), length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  json->push_back('"');
}

}  // namespace billiard::logging
