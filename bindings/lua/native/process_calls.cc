#include "bindings/lua/native/process_calls.h"

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

constexpr int32_t kFailedExitCode = 1;

// The state that started a child, or that asked whether this process is one: children run inside of that
// call.
thread_local lua_State* child_state = nullptr;
thread_local int child_target = 0;  // index of the function in that state
// Where finalizers run; the registry keeps it alive.
thread_local lua_State* finalizer_state = nullptr;

// Keys in the registry.
const char kEntryDispatcher = 0;
const char kFinalizerDispatcher = 0;
const char kFinalizerState = 0;

void KeepFunction(lua_State* state, int index, const void* key) {
  lua_pushvalue(state, index);
  lua_rawsetp(state, LUA_REGISTRYINDEX, key);
}

// Calls what is on the stack, which handles errors of the program itself: what fails here is ours.
int32_t CallChild(lua_State* state, int arguments) {
  if (lua_pcall(state, arguments, 1, 0) == LUA_OK) {
    return static_cast<int32_t>(lua_tointeger(state, -1));
  }
  const char* text = lua_tostring(state, -1);
  std::fprintf(stderr, "billiard: a Lua process failed: %s\n", text != nullptr ? text : "?");
  return kFailedExitCode;
}

// bp_process_fn's.
int32_t RunTarget(const void*, size_t, void*) {
  lua_State* state = child_state;
  if (state == nullptr || child_target == 0 || !lua_checkstack(state, LUA_MINSTACK)) {
    return kFailedExitCode;
  }
  lua_pushvalue(state, child_target);
  return CallChild(state, 0);
}

int32_t RunEntry(const void* data, size_t size, void* name) {
  lua_State* state = child_state;
  if (state == nullptr || !lua_checkstack(state, LUA_MINSTACK)) return kFailedExitCode;
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kEntryDispatcher);
  lua_pushstring(state, static_cast<const char*>(name));
  lua_pushlstring(state, size == 0 ? "" : static_cast<const char*>(data), size);
  return CallChild(state, 2);
}

// A bp_finalizer_fn.
int32_t RunFinalizer(void* number) {
  lua_State* state = finalizer_state;
  if (state == nullptr || !lua_checkstack(state, LUA_MINSTACK)) return kFailedExitCode;
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kFinalizerDispatcher);
  lua_pushinteger(state, static_cast<lua_Integer>(reinterpret_cast<intptr_t>(number)));
  const bool failed = lua_pcall(state, 1, 1, 0) != LUA_OK || lua_toboolean(state, -1) == 0;
  lua_settop(state, 0);
  return failed ? kFailedExitCode : 0;
}

}  // namespace

void billiard_lua_builder_set_function(bpi_process_builder* builder) {
  bpi_process_builder_set_function(builder, RunTarget, nullptr);
}

bp_status billiard_lua_process_start(lua_State* state, bp_process* process, int target_index,
                                     bp_error** error) {
  lua_State* const outer_state = child_state;
  const int outer_target = child_target;
  child_state = state;
  child_target = target_index;
  const bp_status status = bp_process_start(process, error);
  child_state = outer_state;
  child_target = outer_target;
  return status;
}

void billiard_lua_freeze_support(lua_State* state, const bpi_names* words) {
  lua_State* const outer = child_state;
  child_state = state;
  bpi_freeze_support(words);
  child_state = outer;
}

void billiard_lua_process_exit(int32_t status, const char* text) { bp_process_exit(status, text); }

void billiard_lua_entry_dispatcher(lua_State* state, int function_index) {
  KeepFunction(state, function_index, &kEntryDispatcher);
}

bp_status billiard_lua_entry_register(const char* name, bp_error** error) {
  char* kept = strdup(name);
  if (kept == nullptr) return BP_NOMEM;
  return bp_entry_register(name, RunEntry, kept, error);
}

void billiard_lua_finalizer_dispatcher(lua_State* state, int function_index) {
  KeepFunction(state, function_index, &kFinalizerDispatcher);
  finalizer_state = lua_newthread(state);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &kFinalizerState);
}

bp_status billiard_lua_finalizer_create(int64_t number, int32_t has_priority, int32_t priority,
                                        bp_finalizer** out, bp_error** error) {
  bp_finalizer_options options;
  bp_finalizer_options_init(&options, sizeof options);
  options.has_priority = has_priority;
  options.priority = priority;
  options.owned = has_priority == 0 ? 1 : 0;
  return bp_finalizer_create(RunFinalizer, reinterpret_cast<void*>(static_cast<intptr_t>(number)),
                             &options, out, error);
}
