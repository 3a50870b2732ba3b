/* The one status enum of the whole ABI. Negative: failure; zero: success; positive: success with
 * news. Numbers are never reused. The list below also makes every language's error table. */
#ifndef BILLIARD_STATUS_H_
#define BILLIARD_STATUS_H_

#include "billiard/common.h"

/* X(name, number, short text) */
#define BP_STATUS_LIST(X)                                                           \
  X(BP_OK, 0, "ok")                                                                 \
  X(BP_OWNER_DIED, 1, "acquired; the last holder died holding it")                  \
  X(BP_PENDING, 2, "accepted; a part of it is still to be flushed")                 \
  X(BP_TIMEOUT, -1, "the deadline passed")                                          \
  X(BP_INVALID, -2, "bad argument")                                                 \
  X(BP_CLOSED, -3, "closed")                                                        \
  X(BP_STATE, -4, "not possible in this state")                                     \
  X(BP_FORKED, -5, "belongs to the process that made it, not to this forked child") \
  X(BP_INTERRUPTED, -6, "interrupted by its token")                                 \
  X(BP_NOMEM, -7, "out of memory or shared memory")                                 \
  X(BP_OS, -8, "the system refused")                                                \
  X(BP_EMPTY, -9, "the queue stayed empty")                                         \
  X(BP_FULL, -10, "the queue or pool stayed full")                                  \
  X(BP_TOO_LARGE, -11, "larger than its limit")                                     \
  X(BP_UNKNOWN_TASK, -12, "no worker group knows this task")                        \
  X(BP_TASK_FAILED, -13, "the task failed")                                         \
  X(BP_WORKER_LOST, -14, "the worker died while it ran the job")                    \
  X(BP_TERMINATED, -15, "ended before it finished")                                 \
  X(BP_POOL_FAILED, -16, "the pool can not go on")                                  \
  X(BP_FORK_UNSAFE, -17, "fork is not safe in this process")                        \
  X(BP_NOT_FOUND, -18, "not found")                                                 \
  X(BP_EXISTS, -19, "exists already")                                               \
  X(BP_CORRUPT, -20, "foreign, damaged or of another version")                      \
  X(BP_START_FAILED, -21, "a worker or its template could not be started")          \
  X(BP_INTERNAL, -22, "a bug in Billiard")                                          \
  X(BP_BROKEN, -23, "the barrier is broken")                                        \
  X(BP_TIME_LIMIT, -24, "the job ran past its time limit")                          \
  X(BP_MEMORY_LIMIT, -25, "the job's worker grew past its memory limit")            \
  X(BP_EXPIRED, -26, "the job had not begun when it expired")                       \
  X(BP_RESTART_LIMIT, -27, "workers had to be replaced too often")                  \
  X(BP_REJECTED, -28, "the job was refused when a worker had accepted it")          \
  X(BP_AUTHENTICATION, -29, "the other side does not have the same key")            \
  X(BP_TOO_SHORT, -30, "the buffer is too short; the whole message is handed over") \
  X(BP_END_OF_STREAM, -31, "the other side has closed, and everything was read")    \
  X(BP_AGAIN, -32, "a non-blocking end would have to wait")

typedef enum bp_status {
#define BP_STATUS_ENUM_(name, number, text) name = number,
  BP_STATUS_LIST(BP_STATUS_ENUM_)
#undef BP_STATUS_ENUM_
      BP_STATUS_LAST_ = 3 /* keeps the list's last comma legal in C; never returned */
} bp_status;

BP_BEGIN_C

/* The enum's name ("BP_TIMEOUT"), or "BP_UNKNOWN_STATUS" for a number that is none.
 * Owner: the text is static. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API const char* bp_status_name(bp_status status);

/* The short text of the list above, or "unknown status".
 * Owner: the text is static. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API const char* bp_status_text(bp_status status);

/* Writes how a process ended (UTIL-30, UTIL-31): "signal 9 (SIGKILL)" for -9, "exitcode 3" for 3.
 * `status`: exit code >= 0, or minus the signal's number. Returns the text's length without its NUL;
 * a text that does not fit in `capacity` bytes is cut, and still ends in NUL when capacity > 0.
 * Owner: `text` is the caller's. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API size_t bp_exit_status_text(int32_t status, char* text, size_t capacity);

BP_END_C

#endif /* BILLIARD_STATUS_H_ */
