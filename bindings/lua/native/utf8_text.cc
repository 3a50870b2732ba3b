#include "bindings/lua/native/utf8_text.h"

#include <cstdint>
#include <cstring>

namespace billiard::lua {
namespace {

// Steps over leading ASCII, eight bytes at a time: most texts are nothing else.
const unsigned char* SkipAscii(const unsigned char* at, const unsigned char* end) {
  constexpr uint64_t kHighBits = 0x8080808080808080u;
  while (end - at >= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if ((word & kHighBits) != 0) break;
    at += 8;
  }
  while (at != end && *at < 0x80) ++at;
  return at;
}

// Bytes of the well-formed sequence that starts at `at` (lead byte >= 0x80), or 0.
size_t SequenceLength(const unsigned char* at, const unsigned char* end) {
  const unsigned char lead = at[0];
  const size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || static_cast<size_t>(end - at) < length) return 0;
  // The second byte's range excludes over-long forms, surrogates and what is past U+10FFFF.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (at[1] < low || at[1] > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

bool IsUtf8(const char* bytes, size_t size) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes);
  const unsigned char* end = at + size;
  while ((at = SkipAscii(at, end)) != end) {
    const size_t length = SequenceLength(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace billiard::lua
