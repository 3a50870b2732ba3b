#include "bindings/lua/native/messagepack_functions.h"

#include <new>
#include <string>

#include "bindings/lua/native/messagepack_decoder.h"
#include "bindings/lua/native/messagepack_encoder.h"

namespace billiard::lua {
namespace {

constexpr size_t kScratchKept = size_t{1} << 20;

// Where bytes are collected before Lua copies them. Kept between calls, so that small values cost
// no allocation, and no object is left behind when Lua jumps out of a call.
std::string* EmptyScratch() {
  thread_local std::string scratch;
  if (scratch.capacity() > kScratchKept) std::string().swap(scratch);
  scratch.clear();
  return &scratch;
}

// Appends the values at stack indexes first ... last. Returns the index of the value that failed,
// with *problem, or 0.
int AppendValues(lua_State* state, int first, int last, std::string* bytes, bool as_array,
                 const char** problem) noexcept {
  MessagePackEncoder encoder(state, bytes);
  int index = first;
  try {
    if (as_array) encoder.AppendArrayHeader(static_cast<size_t>(last - first + 1));
    for (; index <= last; ++index) {
      if (encoder.AppendValue(index)) continue;
      *problem = encoder.problem();
      return index;
    }
    return 0;
  } catch (const std::bad_alloc&) {
    *problem = "out of memory";
    return index;
  }
}

int PushBytes(lua_State* state, const std::string& bytes) {
  lua_pushlstring(state, bytes.data(), bytes.size());
  return 1;
}

// The key under which the registry has the metatable of maps.
const char kMapMetatable = 0;

void PushMapMetatable(lua_State* state) {
  if (lua_rawgetp(state, LUA_REGISTRYINDEX, &kMapMetatable) == LUA_TTABLE) return;
  lua_pop(state, 1);
  lua_createtable(state, 0, 2);
  lua_pushliteral(state, "map");
  lua_setfield(state, -2, "__billiard");
  lua_pushliteral(state, "billiard.map");
  lua_setfield(state, -2, "__name");
  lua_pushvalue(state, -1);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &kMapMetatable);
}

// true and the values that the string at index 1 means, or false and the problem.
int Decode(lua_State* state, Decoded form) {
  luaL_checktype(state, 1, LUA_TSTRING);
  lua_settop(state, 1);
  PushMapMetatable(state);
  size_t size;
  const char* bytes = lua_tolstring(state, 1, &size);
  lua_pushboolean(state, 1);
  const char* problem = PushDecoded(state, bytes, size, 2, form);
  if (problem == nullptr) return lua_gettop(state) - 2;
  lua_settop(state, 2);
  lua_pushboolean(state, 0);
  lua_pushstring(state, problem);
  return 2;
}

}  // namespace
}  // namespace billiard::lua

using namespace billiard::lua;

int billiard_lua_messagepack_encode(lua_State* state) {
  luaL_checkany(state, 1);
  lua_settop(state, 1);
  std::string* bytes = EmptyScratch();
  const char* problem = nullptr;
  if (AppendValues(state, 1, 1, bytes, false, &problem) == 0) return PushBytes(state, *bytes);
  lua_settop(state, 1);
  lua_pushnil(state);
  lua_pushstring(state, problem);
  return 2;
}

int billiard_lua_messagepack_encode_arguments(lua_State* state) {
  const int count = lua_gettop(state);
  std::string* bytes = EmptyScratch();
  const char* problem = nullptr;
  const int failed = AppendValues(state, 1, count, bytes, true, &problem);
  if (failed == 0) {
    luaL_checkstack(state, 1, nullptr);
    return PushBytes(state, *bytes);
  }
  lua_settop(state, 0);
  lua_pushnil(state);
  lua_pushinteger(state, failed);
  lua_pushstring(state, problem);
  return 3;
}

int billiard_lua_messagepack_decode(lua_State* state) { return Decode(state, Decoded::kValue); }

int billiard_lua_messagepack_decode_arguments(lua_State* state) {
  return Decode(state, Decoded::kElements);
}

int billiard_lua_messagepack_map_metatable(lua_State* state) {
  PushMapMetatable(state);
  return 1;
}
