/* The worker's side of a pool: a loop that pulls jobs and answers them (design D8).
 *
 *   bp_worker* worker;
 *   bp_worker_attach(&worker, &error);               // a command started by a pool
 *   bp_worker_ready(worker, names, count, &error);   // what this worker can run
 *   while (bp_worker_next(worker, BP_FOREVER, NULL, &job, &error) == BP_OK)
 *     ... bp_job_reply(job, bytes, size, BP_FORMAT_RAW, &error);
 *   status = bp_worker_exit_status(worker);          // leave with it
 *   bp_worker_release(worker);
 *
 * bp_worker_run does all of it for tasks of the C registry (task.h). A job counts as begun, and is
 * never run again by itself, from the moment bp_worker_next returns it. One thread at a time may use
 * a worker; only the process that attached may. */
#ifndef BILLIARD_WORKER_H_
#define BILLIARD_WORKER_H_

#include "billiard/interrupt.h"
#include "billiard/task.h"

typedef struct bp_worker bp_worker;

/* How a task failed, in its own language's words. Texts may be NULL. */
typedef struct bp_failure {
  size_t size;            /* sizeof(bp_failure) */
  const char* class_name; /* "ArgumentError" */
  const char* message;
  const char* backtrace; /* one frame a line; cut after 64 KiB (UTIL-24) */
} bp_failure;

/* What is done about SIGUSR1, which the pool sends when a job's soft time limit passes, to workers that
 * have a use for it. */
typedef enum bp_soft_signal {
  BP_SOFT_SIGNAL_NONE = 0,   /* it is not sent: tasks ask bp_job_soft_limit_reached */
  BP_SOFT_SIGNAL_OWN = 1,    /* this program handles SIGUSR1 itself, and asks
                                bp_job_soft_limit_reached there: a job may have ended meanwhile */
  BP_SOFT_SIGNAL_HANDLER = 2 /* the library handles it: blocking system calls end with EINTR,
                                bp_worker_soft_limit_fd is readable and `interrupt` is raised, from then
                                until the job's answer */
} bp_soft_signal;

typedef struct bp_ready_options {
  size_t size;         /* sizeof(bp_ready_options) */
  int32_t soft_signal; /* a bp_soft_signal */
  bp_interrupt*
      interrupt; /* with BP_SOFT_SIGNAL_HANDLER; may be NULL. Nobody else should raise it */
} bp_ready_options;

/* What bp_worker_run calls, in the worker and in its thread. Each may be NULL (POOL-2, POOL-18,
 * POOL-97). The order is initializer, READY, on_loop_start, jobs, on_loop_stop, on_process_exit; a
 * worker that is killed calls nothing more. In bp_worker_run a signal that would end the process (HUP, QUIT,
 * TERM, and ALRM, PIPE, PROF, USR2, VTALRM, XCPU, XFSZ unless the pool is in event-loop mode; each where it
 * has its default action) ends it in order: the task at work goes on to its end, then come on_loop_stop and
 * on_process_exit, with minus the signal, and then the process dies of the signal. A second one ends it at
 * once with status 70. SIGINT is ignored (POOL-98, POOL-106). What a hook of C++ throws is logged. */
typedef struct bp_worker_hooks {
  size_t size; /* sizeof(bp_worker_hooks) */
  void* context;
  /* Not 0: the worker can not be; it says why in `text`, ended by NUL, and leaves with 1. */
  int32_t (*initializer)(void* context, char* text, size_t capacity);
  void (*on_loop_start)(void* context, int32_t pid);
  void (*on_loop_stop)(void* context, int32_t pid);
  void (*on_process_exit)(void* context, int32_t pid, int32_t exit_status);
  /* Before each value is answered, in any worker that has these hooks: may set *value to other bytes, which
   * stay valid until the next call (POOL-95). Not 0: the job fails instead, with the class name
   * "PrepareResult" and `text`, ended by NUL. */
  int32_t (*prepare_result)(void* context, bp_job* job, bp_view* value, char* text,
                            size_t capacity);
} bp_worker_hooks;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_ready_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_ready_options_init(bp_ready_options* options, size_t size);

/* Sets all fields to their defaults; `size` must be sizeof(bp_worker_hooks) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_worker_hooks_init(bp_worker_hooks* hooks, size_t size);

/* 1 when this process was started as a worker command by a pool and has not attached yet, else 0.
 * Owner: nothing. Threads: any. Fork: 0 in a child of an attached worker. Blocks: never.
 * Errors: none. */
BP_API int bp_worker_requested(void);

/* Attaches this process to the pool that started it.
 * Owner: *out is the caller's, ended with bp_worker_release. Threads: one.
 * Fork: the worker belongs to this process. Blocks: never for long.
 * Errors: BP_INVALID (out), BP_STATE (not started by a pool, or attached already), BP_CORRUPT (the
 * pool is of another version), BP_CLOSED (the pool has gone). */
BP_API bp_status bp_worker_attach(bp_worker** out, bp_error** error);

/* Says that this worker can run the tasks `names[0..count)`. Every worker of one group must say the
 * same names. To be called once, before bp_worker_next.
 * Owner: names are copied. Threads: one at a time. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_INVALID (names, count; a name that is empty or longer than 255 bytes), BP_STATE (said
 * already; or another worker of the group said other names), BP_NOMEM. */
BP_API bp_status bp_worker_ready(bp_worker* worker, const char* const* names, size_t count,
                                 bp_error** error);

/* As bp_worker_ready, with a say in how soft time limits reach its tasks. Without it, and with
 * BP_SOFT_SIGNAL_NONE, SIGUSR1 is ignored from here on if it had its default action.
 * Owner: names are copied; options->interrupt must stay valid as long as the worker. Threads: one at a
 * time. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: those of bp_worker_ready, BP_INVALID (options), BP_STATE (another worker of this process has
 * the library's handler). */
BP_API bp_status bp_worker_ready_with(bp_worker* worker, const char* const* names, size_t count,
                                      const bp_ready_options* options, bp_error** error);

/* Sets what bp_worker_run calls; to be called before it.
 * Owner: hooks are copied, their context must stay valid. Threads: one at a time. Fork: the child's
 * copy. Blocks: never. Errors: BP_INVALID (worker, hooks). */
BP_API bp_status bp_worker_set_hooks(bp_worker* worker, const bp_worker_hooks* hooks,
                                     bp_error** error);

/* Says that this worker could not be set up (a failed initializer); its pool gets the text. The
 * worker must then leave; it counts as a failed start.
 * Owner: text is copied. Threads: one at a time. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_INVALID (worker, text). */
BP_API bp_status bp_worker_failed(bp_worker* worker, const char* text, bp_error** error);

/* Waits for the next job and begins it. A job not answered when the next is asked for fails.
 * Owner: *out is the worker's and lives until its answer or the next call. Threads: one at a time.
 * Fork: BP_FORKED in a child. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_CLOSED (the worker is asked to leave: orderly end), BP_TIMEOUT, BP_INTERRUPTED,
 * BP_STATE (not ready), BP_INVALID (worker, timeout_ns, out). */
BP_API bp_status bp_worker_next(bp_worker* worker, int64_t timeout_ns, bp_interrupt* interrupt,
                                bp_job** out, bp_error** error);

/* The wait-only twin: returns BP_OK when bp_worker_next would not wait, and takes nothing.
 * Owner: borrows. Threads: one at a time. Fork: BP_FORKED in a child. Blocks: to timeout_ns.
 * Errors: as bp_worker_next. */
BP_API bp_status bp_worker_wait(bp_worker* worker, int64_t timeout_ns, bp_interrupt* interrupt,
                                bp_error** error);

/* Says ready with the tasks of the C registry, runs jobs until the pool asks the worker to leave, and
 * returns BP_OK then.
 * Owner: borrows. Threads: one. Fork: BP_FORKED in a child. Blocks: until the worker is to leave, or
 * BP_INTERRUPTED. Errors: as bp_worker_ready and bp_worker_next. */
BP_API bp_status bp_worker_run(bp_worker* worker, bp_interrupt* interrupt, bp_error** error);

/* What this process is to exit with, once bp_worker_next has said BP_CLOSED or bp_worker_run has
 * returned: 0; 155 when the pool wants a fresh process in its place (max_jobs_per_worker,
 * max_memory_per_worker_kib); 1 when bp_worker_run failed. 1 for NULL.
 * Owner: borrows. Threads: one at a time. Fork: any. Blocks: never. Errors: none. */
BP_API int32_t bp_worker_exit_status(const bp_worker* worker);

/* A descriptor that is readable from the moment at which the soft time limit of the job at work passes
 * until its answer; -1 without BP_SOFT_SIGNAL_HANDLER. bp_worker_run asks for that handler where SIGUSR1
 * has its default action.
 * Owner: the fd stays the worker's: do not read, write or close it. Threads: one at a time. Fork: do not
 * use it in a child. Blocks: never. Errors: -1 for NULL. */
BP_API int32_t bp_worker_soft_limit_fd(const bp_worker* worker);

/* The worker's stable place in its pool, 0 ... workers-1 (PROC-12); -1 for NULL.
 * Owner: borrows. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API int32_t bp_worker_index(const bp_worker* worker);

/* What this worker is called in log lines: "ForkPoolWorker-3" or "SpawnPoolWorker-3" at index 2, also when it
 * replaces another there (POOL-25). Lists of processes show "billiard-w3".
 * Owner: lives as long as the worker; "" for NULL. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API const char* bp_worker_name(const bp_worker* worker);

/* Name of the worker's group ("default" when the pool has one unnamed group).
 * Owner: lives as long as the worker. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API const char* bp_worker_group(const bp_worker* worker);

/* Detaches and frees. An unanswered job fails.
 * Owner: takes the worker; NULL is ignored. Threads: one. Fork: in a child frees only its copy.
 * Blocks: never. Errors: none. */
BP_API void bp_worker_release(bp_worker* worker);

/* The job's id, as the host sees it; BP_NO_JOB for NULL.
 * Owner: borrows. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API uint64_t bp_job_id(const bp_job* job);

/* The job's task name.
 * Owner: lives as long as the job. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API const char* bp_job_task(const bp_job* job);

/* The job's payload, in place in shared memory: read it, do not write it.
 * Owner: lives as long as the job. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API bp_view bp_job_payload(const bp_job* job);

/* 1 from the moment at which the job's soft time limit passes until its answer, else 0. May be called
 * in a signal handler.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API int bp_job_soft_limit_reached(const bp_job* job);

/* Answers the job with a copy of `size` bytes; the job ends.
 * Owner: bytes are copied. Threads: one at a time. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_INVALID (job, data NULL with size > 0), BP_STATE (answered already), BP_TOO_LARGE and
 * BP_NOMEM (the job is then still unanswered: fail it), BP_TERMINATED (the host ended the job
 * meanwhile; nothing is delivered). */
BP_API bp_status bp_job_reply(bp_job* job, const void* data, size_t size, uint32_t format,
                              bp_error** error);

/* Answers the job with a failure; the job ends.
 * Owner: texts are copied. Threads: one at a time. Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_INVALID (job, failure), BP_STATE (answered already), BP_TERMINATED. */
BP_API bp_status bp_job_fail(bp_job* job, const bp_failure* failure, bp_error** error);

BP_END_C

#endif /* BILLIARD_WORKER_H_ */
