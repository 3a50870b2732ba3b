// What a bp_pool_event says, as a Lua table.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_EVENT_TABLE_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_EVENT_TABLE_H_

#include "billiard/pool_events.h"
#include "lua.hpp"

namespace billiard::lua {

// Pushes a table with the fields of the struct by their names; `job` is absent when there is none.
void PushPoolEvent(lua_State* state, const bp_pool_event& event);

}  // namespace billiard::lua

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_EVENT_TABLE_H_
