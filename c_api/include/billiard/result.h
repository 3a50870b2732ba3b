/* The outcome of one job, to be waited for, read and released. It has one outcome, which never changes
 * (POOL-76). Any number of threads may wait on and read one result. */
#ifndef BILLIARD_RESULT_H_
#define BILLIARD_RESULT_H_

#include "billiard/interrupt.h"

typedef struct bp_result bp_result;

BP_BEGIN_C

/* The job's id: unique in this process, from 0, increasing over all pools (POOL-47).
 * Owner: borrows; NULL gives BP_NO_JOB. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API uint64_t bp_result_job(const bp_result* result);

/* 1 when the outcome is there, else 0 (also in a forked child that can not know).
 * Owner: borrows; NULL gives 0. Threads: any. Fork: see above. Blocks: never. Errors: none. */
BP_API int bp_result_ready(const bp_result* result);

/* 1 when a worker has begun the job, else 0 (POOL-70).
 * Owner: borrows; NULL gives 0. Threads: any. Fork: 0 in a child. Blocks: never. Errors: none. */
BP_API int bp_result_accepted(const bp_result* result);

/* bp_job_options.correlation_id, or "" when there was none (POOL-46).
 * Owner: lives as long as the result; NULL gives "". Threads: any. Fork: any. Blocks: never.
 * Errors: none. */
BP_API const char* bp_result_correlation_id(const bp_result* result);

/* Writes "<ApplyResult: 7 ack:True ready:False>": the job's id, whether a worker has begun it, whether its
 * outcome is there (POOL-72).
 * Owner: text is the caller's. Returns the length of the whole text, 0 for NULL; what does not fit in
 * `capacity` bytes is cut, and still ends in NUL when capacity > 0. Threads: any. Fork: any. Blocks: never.
 * Errors: none. */
BP_API size_t bp_result_describe(const bp_result* result, char* text, size_t capacity);

/* The wait-only twin of bp_result_get: BP_OK when there is an outcome, good or bad.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (result, timeout_ns). */
BP_API bp_status bp_result_wait(bp_result* result, int64_t timeout_ns, bp_interrupt* interrupt,
                                bp_error** error);

/* Waits for the outcome and shows the value, in place. May be called any number of times.
 * Owner: *out lives until the result is released. Threads: any. Fork: BP_FORKED.
 * Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (result, timeout_ns, out); or the job's own:
 * BP_TASK_FAILED, BP_WORKER_LOST (with pid and exit status), BP_TIME_LIMIT (with pid), BP_TERMINATED,
 * BP_MEMORY_LIMIT, BP_EXPIRED, BP_REJECTED, BP_UNKNOWN_TASK, BP_POOL_FAILED, BP_RESTART_LIMIT, BP_NOMEM,
 * BP_CORRUPT (damaged shared memory). */
BP_API bp_status bp_result_get(bp_result* result, int64_t timeout_ns, bp_interrupt* interrupt,
                               bp_view* out, bp_error** error);

/* Ends the job in BP_TERMINATED: a queued one is never begun; of a running one exactly its worker is
 * ended, as by bp_pool_terminate_job; one that has its outcome keeps it (POOL-74).
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never; the outcome is there when it returns.
 * Errors: BP_INVALID (result, signal_number). */
BP_API bp_status bp_result_terminate(bp_result* result, int32_t signal_number, bp_error** error);

/* The worker that began the job, or 0 while none has.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: 0 in a child. Blocks: never. Errors: none. */
BP_API int32_t bp_result_pid(const bp_result* result);

/* Refuses a job before it begins: it ends in BP_REJECTED. Only in a pool with `synack`, for a job whose
 * acceptance is told and was not answered yet (POOL-75).
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (result), BP_STATE (too late, or not such a job). */
BP_API bp_status bp_result_cancel(bp_result* result, bp_error** error);

/* bp_result_release, and no callback of the job is called any more (POOL-73).
 * Owner: takes the result; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: in a child frees only its copy. Blocks: never. Errors: none. */
BP_API void bp_result_discard(bp_result* result);

/* Forgets the result; its job goes on, and its outcome is dropped (POOL-73).
 * Owner: takes the result; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: in a child frees only its copy. Blocks: never. Errors: none. */
BP_API void bp_result_release(bp_result* result);

BP_END_C

#endif /* BILLIARD_RESULT_H_ */
