/* Lua functions as what processes run: a function in a forked child, entries in children that are started
 * anew, and finalizers. Seen by SWIG. */
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_PROCESS_CALLS_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_PROCESS_CALLS_H_

#include "billiard/bp.h"
#include "bindings/interface/process_builder.h"
#include "bindings/interface/processes.h"
#include "lua.hpp"

/* The process will run the function that billiard_lua_process_start gets, which returns its exit request. */
void billiard_lua_builder_set_function(bpi_process_builder* builder);

/* bp_process_start. A forked child runs on top of this state, and never returns from here. */
bp_status billiard_lua_process_start(lua_State* state, bp_process* process, int target_index,
                                     bp_error** error);

/* bpi_freeze_support: a child's entry runs on top of this state. */
void billiard_lua_freeze_support(lua_State* state, const bpi_names* words);

/* bp_process_exit, for code that runs in this state. */
void billiard_lua_process_exit(int32_t status, const char* text);

/* What all entries call: function(name, bytes of the arguments) returns the exit request. */
void billiard_lua_entry_dispatcher(lua_State* state, int function_index);

/* bp_entry_register of an entry that calls the dispatcher. A few bytes are kept for good. */
bp_status billiard_lua_entry_register(const char* name, bp_error** error);

/* What all finalizers call: function(number), whose failure is the finalizer's. It runs in a coroutine of
 * its own, so that the process may end anywhere. */
void billiard_lua_finalizer_dispatcher(lua_State* state, int function_index);

/* bp_finalizer_create of a finalizer that calls its dispatcher with `number`. */
bp_status billiard_lua_finalizer_create(int64_t number, int32_t has_priority, int32_t priority,
                                        bp_finalizer** out, bp_error** error);

#endif /* BILLIARD_BINDINGS_LUA_NATIVE_PROCESS_CALLS_H_ */
