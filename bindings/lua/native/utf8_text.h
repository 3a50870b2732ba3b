#ifndef BILLIARD_BINDINGS_LUA_NATIVE_UTF8_TEXT_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_UTF8_TEXT_H_

#include <cstddef>

namespace billiard::lua {

// Whether the bytes are well-formed UTF-8: shortest forms only, no surrogates, at most U+10FFFF.
bool IsUtf8(const char* bytes, size_t size);

}  // namespace billiard::lua

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_UTF8_TEXT_H_
