#include "bindings/lua/native/forked_worker.h"

#include <cstdio>
#include <new>

struct billiard_lua_forked_worker {
  lua_State* state;  // the one that creates the pool
  int function;      // reference in the registry
};

namespace {

constexpr int kFailedExitStatus = 1;

int AddTraceback(lua_State* state) {
  const char* text = luaL_tolstring(state, 1, nullptr);
  luaL_traceback(state, state, text, 1);
  return 1;
}

// A bp_worker_main_fn: runs in the child, which shares nothing with the host but a copied memory.
// It never returns into the Lua code that was creating the pool: the worker leaves by _exit.
int RunForkedWorker(bp_worker* worker, void* context) {
  const auto* forked = static_cast<const billiard_lua_forked_worker*>(context);
  lua_State* state = forked->state;
  if (!lua_checkstack(state, LUA_MINSTACK)) return kFailedExitStatus;
  lua_pushcfunction(state, AddTraceback);
  lua_rawgeti(state, LUA_REGISTRYINDEX, forked->function);
  lua_pushlightuserdata(state, worker);
  if (lua_pcall(state, 1, 1, -3) == LUA_OK) {
    return static_cast<int>(lua_tointeger(state, -1));
  }
  const char* text = lua_tostring(state, -1);
  std::fprintf(stderr, "billiard: a Lua worker failed: %s\n", text);
  bp_worker_failed(worker, text, nullptr);
  return kFailedExitStatus;
}

}  // namespace

billiard_lua_forked_worker* billiard_lua_forked_worker_set(lua_State* state,
                                                           bpi_pool_builder* builder, int32_t group,
                                                           int function_index) {
  lua_pushvalue(state, function_index);
  const int function = luaL_ref(state, LUA_REGISTRYINDEX);
  auto* forked = new (std::nothrow) billiard_lua_forked_worker{state, function};
  if (forked == nullptr) return nullptr;
  bpi_pool_builder_set_worker_main(builder, group, RunForkedWorker, forked);
  return forked;
}

void billiard_lua_forked_worker_forget(lua_State* state, billiard_lua_forked_worker* worker) {
  luaL_unref(state, LUA_REGISTRYINDEX, worker->function);
  delete worker;
}
