#include "bindings/lua/native/system_functions.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>

int billiard_lua_monotonic_now(lua_State* state) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushinteger(state, lua_Integer{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
  return 1;
}

int billiard_lua_poll_readable(lua_State* state) {
  const auto descriptor = static_cast<int>(luaL_checkinteger(state, 1));
  const auto milliseconds = static_cast<int>(luaL_checkinteger(state, 2));
  pollfd watched = {descriptor, POLLIN, 0};
  lua_pushboolean(state, poll(&watched, 1, milliseconds) == 1);
  return 1;
}

int billiard_lua_process_id(lua_State* state) {
  lua_pushinteger(state, getpid());
  return 1;
}

int billiard_lua_close_descriptor(lua_State* state) {
  close(static_cast<int>(luaL_checkinteger(state, 1)));
  return 0;
}

int billiard_lua_flush_streams(lua_State*) {
  std::fflush(nullptr);
  return 0;
}

int billiard_lua_interrupt_pending(lua_State* state) {
  constexpr int kNextInstruction = LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT;
  lua_rawgeti(state, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_State* main = lua_tothread(state, -1);
  const bool next_instruction =
      (lua_gethookmask(main) & kNextInstruction) == kNextInstruction && lua_gethookcount(main) == 1;
  lua_pushboolean(state, main != state && next_instruction);
  return 1;
}
