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

int billiard_lua_poll(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  const auto milliseconds = static_cast<int>(luaL_checkinteger(state, 2));
  const auto count = static_cast<nfds_t>(lua_rawlen(state, 1));
  // Lua frees it, also when an element raises.
  auto* watched = static_cast<pollfd*>(lua_newuserdatauv(state, (count + 1) * sizeof(pollfd), 0));
  for (nfds_t i = 0; i < count; ++i) {
    lua_rawgeti(state, 1, static_cast<lua_Integer>(i) + 1);
    watched[i] = {static_cast<int>(luaL_checkinteger(state, -1)), POLLIN, 0};
    lua_pop(state, 1);
  }
  const int ready = poll(watched, count, milliseconds);
  lua_newtable(state);
  lua_Integer found = 0;
  for (nfds_t i = 0; ready > 0 && i < count; ++i) {
    if (watched[i].revents == 0) continue;
    lua_pushinteger(state, watched[i].fd);
    lua_rawseti(state, -2, ++found);
  }
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
