#include "bindings/lua/native/task_call.h"

#include <signal.h>

#include <atomic>
#include <cerrno>

namespace billiard::lua {
namespace {

// The registry's key of the error to raise.
const char kErrorKey = 0;

struct Hook {
  lua_Hook function = nullptr;
  int mask = 0;
  int count = 0;
};

// What the handler reads and writes. Only the thread that runs Lua changes it; the handler runs in
// that thread, or finds `job` null.
struct Call {
  bp_job* given = nullptr;                   // for the next call
  std::atomic<bp_job*> job{nullptr};         // of the call that runs, else null
  std::atomic<lua_State*> running{nullptr};  // the coroutine that runs its instructions
  std::atomic<bool> told{false};             // the limit was seen; once a job
  std::atomic<bool> pending{false};          // a hook is set, and has not raised yet
  Hook replaced;                             // a debugger's, perhaps
};
Call call;

static_assert(std::atomic<bp_job*>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

void RaiseSoftLimit(lua_State* state, lua_Debug*) {
  const bool raise = call.pending.exchange(false) && call.job != nullptr;
  lua_sethook(state, call.replaced.function, call.replaced.mask, call.replaced.count);
  if (!raise) return;
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kErrorKey);
  lua_error(state);
}

void SetHook(lua_State* state) {
  call.replaced = {lua_gethook(state), lua_gethookmask(state), lua_gethookcount(state)};
  lua_sethook(state, RaiseSoftLimit, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

// Takes a hook away that did not come to run.
bool TakeHookBack(lua_State* state) {
  if (lua_gethook(state) != RaiseSoftLimit) return false;
  lua_sethook(state, call.replaced.function, call.replaced.mask, call.replaced.count);
  return true;
}

void InterruptWhenReached() {
  bp_job* job = call.job;
  if (job == nullptr || bp_job_soft_limit_reached(job) == 0 || call.told.exchange(true)) return;
  SetHook(call.running);
  call.pending = true;
}

void OnSignal(int) {
  const int saved = errno;
  InterruptWhenReached();
  errno = saved;
}

void SetAction(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR1, &action, nullptr);
}

}  // namespace

int ResumeInterruptibly(lua_State* state, lua_State* coroutine, int arguments, int* results) {
  lua_State* const outer = call.running;
  call.running = coroutine;
  const int status = lua_resume(coroutine, state, arguments, results);
  call.running = outer;
  // It ended or yielded before its next instruction. Where nobody is called, there is no hook.
  if (TakeHookBack(coroutine) && call.pending && outer != nullptr) SetHook(state);
  return status;
}

}  // namespace billiard::lua

using billiard::lua::call;

void billiard_lua_soft_limit_begin(void) {
  call.given = nullptr;
  call.job = nullptr;
  call.running = nullptr;
  call.pending = false;
  billiard::lua::SetAction(billiard::lua::OnSignal);
}

void billiard_lua_soft_limit_end(void) { billiard::lua::SetAction(SIG_IGN); }

void billiard_lua_watch_job(bp_job* job) { call.given = job; }

int billiard_lua_soft_limit_error(lua_State* state) {
  luaL_checkany(state, 1);
  lua_settop(state, 1);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &billiard::lua::kErrorKey);
  return 0;
}

int billiard_lua_call_task(lua_State* state) {
  luaL_checktype(state, 1, LUA_TFUNCTION);
  luaL_checkany(state, 2);
  call.running = state;
  call.told = false;
  call.pending = false;
  call.job = call.given;
  // The signal may have come before the job was ours to look at.
  billiard::lua::InterruptWhenReached();
  const int status = lua_pcall(state, lua_gettop(state) - 2, LUA_MULTRET, 1);
  // From here on the handler does nothing. No instruction of Lua has run since the task's last.
  call.job = nullptr;
  call.given = nullptr;
  call.running = nullptr;
  billiard::lua::TakeHookBack(state);
  lua_pushboolean(state, status == LUA_OK);
  lua_replace(state, 1);
  return lua_gettop(state);
}
