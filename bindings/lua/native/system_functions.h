// What Lua's own libraries lack: functions of the Lua C API in billiard.native.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_SYSTEM_FUNCTIONS_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_SYSTEM_FUNCTIONS_H_

#include "lua.hpp"

// monotonic_now() -> nanoseconds
int billiard_lua_monotonic_now(lua_State* state);

// poll({fd, ...}, milliseconds) -> a list of those that are readable or at their end, empty after that
// time or a signal
int billiard_lua_poll(lua_State* state);

// process_id() -> of this process
int billiard_lua_process_id(lua_State* state);

// close_descriptor(fd)
int billiard_lua_close_descriptor(lua_State* state);

// flush_streams(): writes out all of C's stdio buffers, so that a forked child does not write them
// too
int billiard_lua_flush_streams(lua_State* state);

// interrupt_pending() -> whether a signal handler waits for the main coroutine to go on. Such a
// handler sets a hook there for the very next instruction, which is what tells it from a
// debugger's. False in the main coroutine itself: there the hook has run before this function could
// be called.
int billiard_lua_interrupt_pending(lua_State* state);

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_SYSTEM_FUNCTIONS_H_
