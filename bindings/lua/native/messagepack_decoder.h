// MessagePack bytes as Lua values: the reverse of messagepack_encoder.h.
//
// A nil inside an array or as a map's value becomes billiard.null, since a table can not hold nil;
// an empty map gets the metatable billiard.map's, so that it is a map again when it is sent on.
//
// The bytes come from another process and are trusted in nothing: every length is checked against
// what is left, memory is reserved only for what can follow, and nesting is limited.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_DECODER_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_DECODER_H_

#include <cstddef>
#include <cstdint>

#include "lua.hpp"

namespace billiard::lua {

// Holds nothing that needs a destructor: Lua may jump over it when memory runs out.
class MessagePackDecoder {
 public:
  // The bytes must outlive the decoder. `map_metatable`: stack index of the metatable for empty
  // maps.
  MessagePackDecoder(lua_State* state, const void* bytes, size_t size, int map_metatable)
      : lua_(state),
        at_(static_cast<const uint8_t*>(bytes)),
        end_(at_ + size),
        map_metatable_(lua_absindex(state, map_metatable)) {}

  // Pushes the one value that the bytes must be.
  bool PushValue();

  // Pushes each element of the one array that the bytes must be; *count is their number.
  bool PushElements(int* count);

  // Why the last Push failed; static text. The stack is then undefined above where it was.
  const char* problem() const { return problem_; }

 private:
  bool Push(int depth);
  bool PushTyped(uint8_t type, int depth);
  bool PushUnsigned(int bytes);
  bool PushSigned(int bytes);
  bool PushFloat32();
  bool PushFloat64();
  bool PushString(uint64_t size);
  bool PushArray(uint64_t count, int depth);
  bool PushMap(uint64_t count, int depth);
  bool PushNested(int depth);
  bool CheckKey();
  bool ReadUnsigned(int bytes, uint64_t* value);
  bool AtEnd();
  size_t Left() const { return static_cast<size_t>(end_ - at_); }
  bool Refuse(const char* problem) {
    problem_ = problem;
    return false;
  }

  lua_State* lua_;
  const uint8_t* at_;
  const uint8_t* end_;
  int map_metatable_;
  const char* problem_ = "";
};

}  // namespace billiard::lua

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_DECODER_H_
