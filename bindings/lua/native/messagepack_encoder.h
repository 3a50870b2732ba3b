// Lua values as MessagePack bytes.
//
//   nil, billiard.null      nil                boolean   bool
//   integer                 smallest int       float     float 64
//   string                  str when it is UTF-8, else bin
//   table with keys 1..n    array              any other table   map
//   empty table             array, or map when its metatable says __billiard = "map"
//
// Functions, threads and userdata have no form, nor have tables deeper than kMaxDepth (which also
// ends tables that contain themselves). Tables are read raw: no metamethod runs.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_ENCODER_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_ENCODER_H_

#include <string>

#include "lua.hpp"
#include "msgpack.h"

namespace billiard::lua {

inline constexpr int kMaxDepth = 100;

// Appends to a string. Refusals are returned, not raised, and may leave values on the stack. May
// throw std::bad_alloc; Lua itself may run out of memory and jump, so `out` must not live on the
// C++ stack.
class MessagePackEncoder {
 public:
  MessagePackEncoder(lua_State* state, std::string* out);

  // Appends the value at the stack index. False: see problem().
  bool AppendValue(int index) { return Append(lua_absindex(lua_, index), 0); }

  void AppendArrayHeader(size_t count) { msgpack_pack_array(&packer_, count); }

  // Why the last Append failed ("cannot encode a function"); static text.
  const char* problem() const { return problem_; }

 private:
  bool Append(int index, int depth);
  bool AppendTable(int index, int depth);
  bool AppendElements(int index, size_t count, int depth);
  bool AppendPairs(int index, size_t count, int depth);
  bool AppendString(int index);
  bool MarkedAsMap(int index);
  bool Refuse(const char* problem) {
    problem_ = problem;
    return false;
  }

  lua_State* lua_;
  msgpack_packer packer_;  // its functions fail only by what the string throws
  const char* problem_ = "";
};

}  // namespace billiard::lua

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_ENCODER_H_
