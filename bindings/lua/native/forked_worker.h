/* A Lua function as the main function of forked workers. Seen by SWIG. */
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_FORKED_WORKER_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_FORKED_WORKER_H_

#include "bindings/interface/pool_builder.h"
#include "lua.hpp"

typedef struct billiard_lua_forked_worker billiard_lua_forked_worker;

/* Lets the forked workers of a group run the Lua function at stack index `function_index`, called
 * with the worker's handle; it returns the exit status. The function runs in the worker's copy of
 * this very lua_State, on top of the stack as it was when the pool was created.
 * Returns what must be kept until the pool is released, and then be given to ..._forget. */
billiard_lua_forked_worker* billiard_lua_forked_worker_set(lua_State* state,
                                                           bpi_pool_builder* builder, int32_t group,
                                                           int function_index);

void billiard_lua_forked_worker_forget(lua_State* state, billiard_lua_forked_worker* worker);

#endif /* BILLIARD_BINDINGS_LUA_NATIVE_FORKED_WORKER_H_ */
