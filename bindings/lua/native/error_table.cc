#include "bindings/lua/native/error_table.h"

namespace billiard::lua {
namespace {

void SetText(lua_State* state, const char* field, const char* text) {
  if (*text == '\0') return;
  lua_pushstring(state, text);
  lua_setfield(state, -2, field);
}

void SetInteger(lua_State* state, const char* field, lua_Integer value) {
  lua_pushinteger(state, value);
  lua_setfield(state, -2, field);
}

void SetExitStatus(lua_State* state, int32_t exit_status) {
  char text[64];
  bp_exit_status_text(exit_status, text, sizeof text);
  SetInteger(state, "exit_status", exit_status);
  SetText(state, "exit_text", text);
}

}  // namespace

int PushErrorTable(lua_State* state, bp_error* error) {
  if (error == nullptr) {
    lua_pushnil(state);
    return 1;
  }
  lua_createtable(state, 0, 8);
  SetText(state, "message", bp_error_message(error));
  SetText(state, "class", bp_error_class(error));
  SetText(state, "backtrace", bp_error_backtrace(error));
  if (const int code = bp_error_errno(error); code != 0) SetInteger(state, "errno", code);
  if (const uint64_t job = bp_error_job(error); job != BP_NO_JOB) {
    SetInteger(state, "job", static_cast<lua_Integer>(job));
  }
  if (const int32_t pid = bp_error_pid(error); pid != 0) SetInteger(state, "pid", pid);
  if (const int32_t exit_status = bp_error_exit_status(error); exit_status != BP_EXIT_UNKNOWN) {
    SetExitStatus(state, exit_status);
  }
  if (bp_error_out_of_memory(error) != 0) {
    lua_pushboolean(state, 1);
    lua_setfield(state, -2, "out_of_memory");
  }
  bp_error_release(error);
  return 1;
}

}  // namespace billiard::lua
