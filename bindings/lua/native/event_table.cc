#include "bindings/lua/native/event_table.h"

namespace billiard::lua {

void PushPoolEvent(lua_State* state, const bp_pool_event& event) {
  lua_createtable(state, 0, 10);
  const auto set = [state](const char* field, int64_t value) {
    lua_pushinteger(state, static_cast<lua_Integer>(value));
    lua_setfield(state, -2, field);
  };
  if (event.job != BP_NO_JOB) set("job", static_cast<int64_t>(event.job));
  set("kind", event.kind);
  set("time_ns", event.time_ns);
  set("soft_ns", event.soft_ns);
  set("hard_ns", event.hard_ns);
  set("pid", event.pid);
  set("index", event.index);
  set("group", event.group);
  set("exit_status", event.exit_status);
  set("count", event.count);
}

}  // namespace billiard::lua
