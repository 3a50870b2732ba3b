#include "bindings/lua/native/coroutine_functions.h"

#include "bindings/lua/native/task_call.h"

namespace {

constexpr int kFailed = -1;

// Resumes with the topmost `arguments` values of `state`, and leaves there what the coroutine gave:
// that many values, or kFailed and the error.
int Resume(lua_State* state, lua_State* coroutine, int arguments) {
  if (!lua_checkstack(coroutine, arguments)) {
    lua_pushliteral(state, "too many arguments to resume");
    return kFailed;
  }
  lua_xmove(state, coroutine, arguments);
  int results = 0;
  const int status = billiard::lua::ResumeInterruptibly(state, coroutine, arguments, &results);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(coroutine, state, 1);
    return kFailed;
  }
  if (!lua_checkstack(state, results + 1)) {
    lua_pop(coroutine, results);
    lua_pushliteral(state, "too many results to resume");
    return kFailed;
  }
  lua_xmove(coroutine, state, results);
  return results;
}

// As Lua has it: an error in a wrapped coroutine closes that, and a text tells where it was called.
int RaiseFrom(lua_State* state, lua_State* coroutine) {
  const int status = lua_status(coroutine);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_resetthread(coroutine);
    lua_xmove(coroutine, state, 1);
  }
  if (status != LUA_ERRMEM && lua_type(state, -1) == LUA_TSTRING) {
    luaL_where(state, 1);
    lua_insert(state, -2);
    lua_concat(state, 2);
  }
  return lua_error(state);
}

int CallWrapped(lua_State* state) {
  lua_State* coroutine = lua_tothread(state, lua_upvalueindex(1));
  const int results = Resume(state, coroutine, lua_gettop(state));
  return results == kFailed ? RaiseFrom(state, coroutine) : results;
}

}  // namespace

int billiard_lua_coroutine_resume(lua_State* state) {
  lua_State* coroutine = lua_tothread(state, 1);
  luaL_argexpected(state, coroutine != nullptr, 1, "coroutine");
  const int results = Resume(state, coroutine, lua_gettop(state) - 1);
  const bool succeeded = results != kFailed;
  const int returned = succeeded ? results : 1;
  lua_pushboolean(state, succeeded);
  lua_insert(state, -(returned + 1));
  return returned + 1;
}

int billiard_lua_coroutine_wrap(lua_State* state) {
  luaL_checktype(state, 1, LUA_TFUNCTION);
  lua_State* coroutine = lua_newthread(state);
  lua_pushvalue(state, 1);
  lua_xmove(state, coroutine, 1);
  lua_pushcclosure(state, CallWrapped, 1);
  return 1;
}
