// What a bp_error says, as a Lua table.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_ERROR_TABLE_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_ERROR_TABLE_H_

#include "billiard/error.h"
#include "lua.hpp"

namespace billiard::lua {

// Pushes {message, errno, class, backtrace, job, pid, exit_status, exit_text} with only those
// fields that the error has, or nil for NULL; releases the error. Returns 1, the number of values
// pushed.
int PushErrorTable(lua_State* state, bp_error* error);

}  // namespace billiard::lua

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_ERROR_TABLE_H_
