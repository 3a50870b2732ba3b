// MessagePack bytes as Lua values: the reverse of messagepack_encoder.h.
//
// A nil inside an array or as a map's value becomes billiard.null, since a table can not hold nil;
// an empty map gets the metatable billiard.map's, so that it is a map again when it is sent on.
//
// The bytes come from another process and are trusted in nothing: memory is reserved only for what
// can follow, and nesting is limited.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_DECODER_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_DECODER_H_

#include <cstddef>

#include "lua.hpp"

namespace billiard::lua {

enum class Decoded {
  kValue,     // the one value that the bytes must be
  kElements,  // each element of the one array that the bytes must be
};

// Pushes what the bytes mean; `map_metatable` is the stack index of the metatable for empty maps.
// Returns null or why it failed, a static text; the stack is then undefined above where it was.
// May jump out when Lua has no memory, and leaves nothing behind then.
const char* PushDecoded(lua_State* lua, const char* bytes, size_t size, int map_metatable,
                        Decoded form);

}  // namespace billiard::lua

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_DECODER_H_
