// MessagePack for Lua code: functions of the Lua C API in billiard.native.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_FUNCTIONS_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_FUNCTIONS_H_

#include "lua.hpp"

// encode(value) -> bytes | nil, problem
int billiard_lua_messagepack_encode(lua_State* state);

// encode_arguments(...) -> bytes of one array | nil, index of the argument, problem
int billiard_lua_messagepack_encode_arguments(lua_State* state);

// decode(bytes) -> true, value | false, problem
int billiard_lua_messagepack_decode(lua_State* state);

// decode_arguments(bytes of one array) -> true, each element... | false, problem
int billiard_lua_messagepack_decode_arguments(lua_State* state);

// map_metatable() -> the metatable that makes an empty table a map
int billiard_lua_messagepack_map_metatable(lua_State* state);

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_MESSAGEPACK_FUNCTIONS_H_
