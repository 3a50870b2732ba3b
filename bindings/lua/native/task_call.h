// Calls of tasks that a soft time limit can interrupt.
//
// The pool sends SIGUSR1 when the soft limit of a job passes (bp_soft_signal). The handler does what
// that of the stand-alone interpreter does for Ctrl-C: it sets a debug hook for the very next
// instruction of the coroutine that runs, and the hook raises an error there. pcall catches it.
//
// Every step asks whether the job that runs is the one whose limit has passed, so no neighbour is
// hit. A process runs one job at a time, and all of this is state of the process. Seen by SWIG as
// far as it takes no lua_State.
#ifndef BILLIARD_BINDINGS_LUA_NATIVE_TASK_CALL_H_
#define BILLIARD_BINDINGS_LUA_NATIVE_TASK_CALL_H_

#include "billiard/worker.h"

#ifndef SWIG
#include "lua.hpp"
#endif

/* Handles SIGUSR1 from now on; also forgets the call that a forked worker was born in. Blocking system
 * calls end with EINTR. */
void billiard_lua_soft_limit_begin(void);

/* Ignores SIGUSR1 from now on: the handler may not outlive the worker. */
void billiard_lua_soft_limit_end(void);

/* The job of the next call_task; it must live until that returns. */
void billiard_lua_watch_job(bp_job* job);

#ifndef SWIG

// soft_limit_error(value): what the hook raises from now on
int billiard_lua_soft_limit_error(lua_State* state);

// call_task(handler, function, ...) -> as xpcall(function, handler, ...), for the watched job
int billiard_lua_call_task(lua_State* state);

namespace billiard::lua {

// lua_resume(coroutine), during which that coroutine is the one that the handler interrupts. A hook
// that did not come to run in it goes on to `state`.
int ResumeInterruptibly(lua_State* state, lua_State* coroutine, int arguments, int* results);

}  // namespace billiard::lua

#endif

#endif  // BILLIARD_BINDINGS_LUA_NATIVE_TASK_CALL_H_
