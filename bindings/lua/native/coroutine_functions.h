// coroutine.resume and coroutine.wrap for workers: the same, and a soft time limit reaches the task
// also while a coroutine of its runs (task_call.h). A debug hook belongs to one coroutine, and Lua
// does not tell which one runs.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_COROUTINE_FUNCTIONS_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_COROUTINE_FUNCTIONS_H_

#include "lua.hpp"

// coroutine_resume(coroutine, ...) -> true, values; or false, error
int billiard_lua_coroutine_resume(lua_State* state);

// coroutine_wrap(function) -> function
int billiard_lua_coroutine_wrap(lua_State* state);

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_COROUTINE_FUNCTIONS_H_
