/* A pool of worker processes. Jobs are named tasks with a payload of bytes; each ends in exactly one
 * outcome, whatever is killed (design D3, D4).
 *
 * Workers come in groups (design D7): the workers of one group run the same program and know the same
 * tasks. A pool with no group listed has one, named "default", described by the pool's own fields.
 *
 *   bp_pool_options options;
 *   bp_pool_options_init(&options, sizeof options);
 *   options.workers = 4;
 *   bp_pool_create(&options, &pool, &error);
 *   bp_apply_async(pool, "digest", path, strlen(path), NULL, &result, &error);
 *   bp_result_get(result, BP_FOREVER, NULL, &view, &error);
 *   bp_result_release(result);
 *   bp_pool_release(pool);
 *
 * A pool belongs to the process that made it. In a forked child its functions return BP_FORKED and
 * bp_pool_release frees only the child's copy. */
#ifndef BILLIARD_POOL_H_
#define BILLIARD_POOL_H_

#include "billiard/interrupt.h"
#include "billiard/pool_events.h"
#include "billiard/result.h"
#include "billiard/worker.h"

typedef enum bp_start_method {
  BP_START_DEFAULT = 0, /* spawn when a command is given, else fork */
  BP_START_FORK = 1, /* a fork of the host, made from a template forked when the pool is created */
  BP_START_SPAWN = 2 /* a command, started anew by a small template program */
} bp_start_method;

/* What a forked worker runs: it must call bp_worker_ready (or bp_worker_run) and returns its exit
 * status; the worker then leaves by _exit. */
typedef int (*bp_worker_main_fn)(bp_worker* worker, void* context);

/* One group of workers. */
typedef struct bp_group_options {
  size_t size;                    /* sizeof(bp_group_options) */
  const char* name;               /* NULL: "default" for the first group, else "group-<index>" */
  int32_t workers;                /* 0: bp_cpus_available() */
  int32_t start_method;           /* a bp_start_method */
  const char* const* command;     /* spawn: argv, ended by NULL; command[0] is looked up in PATH */
  const char* const* environment; /* spawn: "NAME=value" added to the host's, ended by NULL */
  bp_worker_main_fn worker_main;  /* fork: NULL runs the C registry (bp_worker_run) */
  void* worker_main_context;
  const char* const* tasks;     /* names known before a worker is ready, ended by NULL. NULL: the C
                               registry's for fork without worker_main, else they come with READY */
  const bp_worker_hooks* hooks; /* fork: called by bp_worker_run; copied; may be NULL */
} bp_group_options;

typedef struct bp_pool_options {
  size_t size;     /* sizeof(bp_pool_options) */
  int32_t workers; /* as in bp_group_options, when `groups` is NULL; so are: */
  int32_t start_method;
  const char* const* command;
  const char* const* environment;
  bp_worker_main_fn worker_main;
  void* worker_main_context;
  const char* const* tasks;
  const bp_group_options* groups; /* NULL: one group, from the fields above */
  size_t group_count;             /* at most 64 */
  bp_fork_fn fork_process;        /* NULL: fork() */
  void* fork_context;
  int32_t force_fork; /* 1: fork although the process has threads that Billiard does not own */
  int32_t max_boot_failures; /* starts in a row that end before READY until the pool fails;
                                0: 10 x workers; -1: no limit */
  uint32_t max_jobs;         /* jobs queued, running or finished and not released; 0: 1,048,576 */
  uint64_t max_payload;      /* bytes of one payload or result; 0: 1 GiB */
  int64_t start_timeout_ns;  /* a job taken but not begun for so long goes to another worker and the
                                worker is replaced; 0: 1 s */
  int64_t boot_timeout_ns;   /* a worker not READY after this is replaced; 0: 60 s; -1: no limit */
  const char* template_path; /* the billiard-template program; NULL: $BILLIARD_TEMPLATE, or beside
                                the library, or in ../libexec/billiard */
  uint32_t events;           /* BP_EVENTS_...: what bp_pool_read_events tells of besides jobs */
  int32_t event_loop; /* 1: no thread watches the workers; the host calls bp_pool_step (POOL-173) */
  bp_event_fn on_event; /* told of every event instead of bp_pool_read_events; needs a thread, so
                                not with event_loop. NULL: none */
  void* on_event_context;
  int32_t max_workers;  /* places for workers, as many as bp_pool_grow can ever make;
                                0: the larger of 64 and 2 x workers; at most 4000 */
  int32_t max_restarts; /* workers that may be replaced within restart_window_ns when they did not
                                end with 0 or 155; one more fails the pool with BP_RESTART_LIMIT. A job
                                that begins sets the count back; in the first second 10 x workers are
                                allowed (POOL-7, POOL-142 ff.). 0: no limit */
  int64_t restart_window_ns; /* 0: 1 s */
  int64_t time_limit_ns; /* hard limit of jobs without their own, from their begin; 0 or -1: none.
                                A job that runs longer ends in BP_TIME_LIMIT, and its worker is killed
                                with all its descendants and replaced (POOL-4, POOL-124) */
  int64_t terminate_grace_ns; /* from SIGTERM to SIGKILL, wherever a worker is ended; 0: 100 ms */
  int64_t
      soft_time_limit_ns; /* soft limit of jobs without their own, from their begin; 0 or -1: none.
                                 The task is told (bp_job_soft_limit_reached, and SIGUSR1 to workers
                                 that asked for it, see bp_ready_options) and may end as it likes; one
                                 that does not catch it ends in BP_TASK_FAILED with the class name
                                 "SoftTimeLimitExceeded" (POOL-5, POOL-122) */
  uint64_t
      max_jobs_per_worker; /* a worker that has answered so many leaves with exit status 155 and is
                                   replaced; 0: no limit (POOL-3) */
  int64_t
      max_memory_per_worker_kib; /* growth of a worker's anonymous memory since it was READY; 0 or -1:
                                        no limit. Over it after a job: the worker leaves with 155. Over
                                        it in mid-job, looked at every 100 ms: the same after the job.
                                        Over twice: it is killed, the job ends in BP_MEMORY_LIMIT
                                        (POOL-20, POOL-110) */
  const bp_worker_hooks* hooks; /* as in bp_group_options */
  int32_t
      slots; /* how many jobs with wait_for_slot may be unfinished at once; 0: as many as workers.
                    bp_pool_grow and bp_pool_shrink change it by as much (POOL-14, POOL-161) */
  int32_t wait_for_slot; /* 1: jobs wait for a slot unless they say otherwise (POOL-15) */
  int32_t
      synack; /* 1: a job whose acceptance is told (notify_accepted, or callbacks.accepted) is begun
                     only when bp_pool_answer_job says so (POOL-17, POOL-92) */
  int64_t
      synack_timeout_ns; /* an acceptance that is not answered for so long is refused; 0: 60 s */
  const char* name; /* at most 63 bytes; NULL: none. The command line of forked workers in lists of
                       processes is then "billiard: worker 3 of NAME"; it is written over their copy of
                       argv */
  int64_t
      lost_worker_timeout_ns; /* how long the exit status of a worker that has ended is awaited at
                                     most before its job is settled without it. Both come at once unless
                                     the pool's template process is stopped; 0: 1 s (POOL-6) */
} bp_pool_options;

/* What a C host wants to be told of a job, by bp_pool_pump and in its thread. Functions may be NULL. They
 * may call any function of the pool. What one throws that is written in C++ is logged (log.h) and otherwise
 * ignored, but for std::bad_alloc, which ends bp_pool_pump with BP_NOMEM once all that were due have been
 * called (POOL-85, POOL-86). */
typedef struct bp_job_callbacks {
  size_t size; /* sizeof(bp_job_callbacks) */
  void* context;
  /* A worker has begun the job; in a pool with `synack` it waits for this to return. Not 0: the job is
   * refused, and with `synack` ends in BP_REJECTED; without, it goes on (POOL-83). */
  int (*accepted)(void* context, uint64_t job, int32_t pid, int64_t time_ns);
  /* A limit of the job has passed (soft 1, else 0); needs BP_EVENTS_LIMITS in bp_pool_options.events. */
  void (*timeout)(void* context, uint64_t job, int32_t soft, int64_t limit_ns);
  /* The job has its outcome, exactly once. `result` is the library's, for the time of the call. */
  void (*done)(void* context, uint64_t job, bp_result* result);
} bp_job_callbacks;

/* Options of one job. */
typedef struct bp_job_options {
  size_t size;                /* sizeof(bp_job_options) */
  uint32_t format;            /* a bp_format, of the payload */
  const char* group;          /* NULL: the first group that knows the task */
  int64_t submit_timeout_ns;  /* how long to wait for one of max_jobs places; 0 or -1: for ever */
  bp_interrupt* interrupt;    /* ends that wait; may be NULL */
  int32_t notify;             /* 1: the job's end is an event, BP_EVENT_JOB_DONE */
  int64_t time_limit_ns;      /* hard limit, from its begin; 0: the pool's; -1: none (POOL-43) */
  int64_t soft_time_limit_ns; /* soft limit, the same */
  int64_t expires_ns;  /* ends in BP_EXPIRED when it has not begun so long after its submission;
                                0: never */
  int32_t max_retries; /* how often it is run again when the worker that runs it dies of itself;
                                0: it ends in BP_WORKER_LOST at once */
  int32_t priority; /* 3 (first) ... -3 (last): queued jobs of a group are taken in this order, and
                       within one priority in the order of their submission */
  int32_t wait_for_slot; /* 1: takes one of the pool's slots first, and waits for it like for one of
                              max_jobs places (POOL-45); -1: does not; 0: as the pool says. Jobs of
                              maps and iterators never do (POOL-164) */
  int32_t notify_accepted;           /* 1: its begin is an event, BP_EVENT_JOB_ACCEPTED */
  const char* correlation_id;        /* for bp_result_correlation_id; copied; NULL: none */
  const bp_job_callbacks* callbacks; /* copied; NULL: none. Not for maps and iterators */
} bp_job_options;

/* What a worker is doing. */
typedef enum bp_worker_state {
  BP_WORKER_EMPTY = 0,    /* no process at this place */
  BP_WORKER_STARTING = 1, /* asked for, or running and not READY yet */
  BP_WORKER_IDLE = 2,
  BP_WORKER_BUSY = 3,   /* it has begun a job */
  BP_WORKER_LEAVING = 4 /* asked to leave, or dead and not replaced yet */
} bp_worker_state;

typedef struct bp_worker_info {
  int32_t index;      /* stable place, 0 ... */
  int32_t pid;        /* 0 when there is none */
  int32_t state;      /* a bp_worker_state */
  int32_t group;      /* index of its group */
  uint64_t job;       /* the begun job, or BP_NO_JOB */
  int64_t since_ns;   /* monotonic time at which that job was begun, or 0 */
  uint64_t jobs_done; /* by this process */
  uint64_t starts;    /* processes started at this place so far */
  int64_t memory_kib; /* anonymous memory of the process now, in KiB; 0: none, or not known */
} bp_worker_info;

/* One snapshot. Counts since creation, but for queued and running. They always add up: submitted is queued +
 * running + all that ended. */
typedef struct bp_pool_stats {
  size_t size; /* set by the caller: sizeof(bp_pool_stats) */
  uint64_t submitted;
  uint64_t queued;  /* not begun */
  uint64_t running; /* begun */
  uint64_t succeeded;
  uint64_t failed;     /* BP_TASK_FAILED */
  uint64_t lost;       /* BP_WORKER_LOST */
  uint64_t terminated; /* any other end that has no count of its own below */
  uint64_t restarts;   /* worker processes started to replace another */
  int32_t workers;     /* places */
  int32_t ready;       /* workers that are idle or busy */
  int32_t template_pid;
  uint64_t timed_out;         /* BP_TIME_LIMIT */
  uint64_t over_memory;       /* BP_MEMORY_LIMIT */
  uint64_t expired;           /* BP_EXPIRED */
  uint64_t restarts_lost;     /* of `restarts`: after a crash or a kill */
  uint64_t restarts_recycled; /* after max_jobs_per_worker or the memory limit */
  uint64_t restarts_boot;     /* after an end before READY */
  uint64_t restarts_asked; /* after bp_pool_restart, a limit, bp_pool_terminate_job and the like */
} bp_pool_stats;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_pool_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_pool_options_init(bp_pool_options* options, size_t size);

/* Sets all fields to their defaults; `size` must be sizeof(bp_group_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_group_options_init(bp_group_options* options, size_t size);

/* Sets all fields to their defaults; `size` must be sizeof(bp_job_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_job_options_init(bp_job_options* options, size_t size);

/* Makes a pool and starts its workers; they need not be ready when it returns (POOL-22).
 * Owner: options are copied, but worker_main, fork_process and their contexts must stay valid in this
 * process; *out is the caller's, ended with bp_pool_release. Threads: any.
 * Fork: see above; with fork groups this call forks: the child never returns from it.
 * Blocks: until the template runs and every worker has been asked for; a few ms.
 * Errors: BP_INVALID (options.workers, groups[i].command ...), BP_FORK_UNSAFE, BP_NOT_FOUND (the
 * template program), BP_START_FAILED (the command can not be executed), BP_POOL_FAILED (too many
 * workers ended before they were ready), BP_NOMEM, BP_OS. */
BP_API bp_status bp_pool_create(const bp_pool_options* options, bp_pool** out, bp_error** error);

/* Waits until every worker of the pool has been READY once.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_POOL_FAILED (workers can not start; the message has the
 * reason), BP_STATE (closed), BP_INVALID. */
BP_API bp_status bp_pool_wait_ready(bp_pool* pool, int64_t timeout_ns, bp_interrupt* interrupt,
                                    bp_error** error);

/* Submits a job: task `task` with a copy of `size` bytes. The result's handle comes at once.
 * Owner: task and bytes are copied; *out is the caller's, ended with bp_result_release; out may be
 * NULL: nobody wants the result. Threads: any. Fork: BP_FORKED.
 * Blocks: only while max_jobs jobs are queued, running or unreleased, or for a slot, to
 * options->submit_timeout_ns (BP_FULL when it ends), or options->interrupt; closing the pool ends it.
 * Errors: BP_INVALID (task, data, size, options), BP_TOO_LARGE, BP_NOMEM, BP_STATE (closed or
 * terminated), BP_UNKNOWN_TASK, BP_POOL_FAILED, BP_FULL, BP_INTERRUPTED. */
BP_API bp_status bp_apply_async(bp_pool* pool, const char* task, const void* data, size_t size,
                                const bp_job_options* options, bp_result** out, bp_error** error);

/* Submits a job and waits for its result: bp_apply_async, bp_result_get, and a copy of the bytes.
 * When the wait ends early the job is discarded, not stopped.
 * Owner: *out is the caller's, ended with bp_buffer_free. Threads: any. Fork: BP_FORKED.
 * Blocks: to timeout_ns, see interrupt.h. Errors: those of both. */
BP_API bp_status bp_apply(bp_pool* pool, const char* task, const void* data, size_t size,
                          const bp_job_options* options, int64_t timeout_ns,
                          bp_interrupt* interrupt, bp_buffer* out, bp_error** error);

/* No more submissions; queued jobs are completed, then the workers leave (POOL-30). Idempotent.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never. Errors: BP_INVALID (pool). */
BP_API bp_status bp_pool_close(bp_pool* pool, bp_error** error);

/* Ends now: jobs that are not finished end in BP_TERMINATED, workers get SIGTERM and 100 ms later
 * SIGKILL, with all their descendants (POOL-32, POOL-35). Idempotent.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never; bp_pool_join waits for the end.
 * Errors: BP_INVALID (pool). */
BP_API bp_status bp_pool_terminate(bp_pool* pool, bp_error** error);

/* Ends one job: the worker with this pid gets `signal_number` (0: SIGTERM), and SIGKILL after
 * terminate_grace_ns, with all its descendants; the job that it runs ends in BP_TERMINATED, with minus
 * the signal as its exit status; the worker is replaced. With `job` other than BP_NO_JOB this happens
 * only if the worker runs that job, so that no other is ever hit. Nothing happens, and BP_OK is
 * returned, when no worker has the pid or it runs another job (POOL-150, POOL-151).
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never. Errors: BP_INVALID (pool,
 * signal_number). */
BP_API bp_status bp_pool_terminate_job(bp_pool* pool, int32_t pid, int32_t signal_number,
                                       uint64_t job, bp_error** error);

/* Waits until a closed or terminated pool has ended: all jobs have an outcome, no process is left.
 * Owner: borrows. Threads: any; may be repeated. Fork: BP_FORKED. Blocks: to timeout_ns.
 * Errors: BP_STATE (neither closed nor terminated, POOL-31), BP_TIMEOUT, BP_INTERRUPTED,
 * BP_INVALID. */
BP_API bp_status bp_pool_join(bp_pool* pool, int64_t timeout_ns, bp_interrupt* interrupt,
                              bp_error** error);

/* Terminates, joins and frees. Results may be released after their pool: they keep what they need.
 * Owner: takes the pool; NULL is ignored. Threads: one, with no other call on the pool under way.
 * Fork: in a child frees only its copy. Blocks: under 1 s. Errors: none. */
BP_API void bp_pool_release(bp_pool* pool);

/* Tells how many slots are free, and how many there are (bp_pool_options.slots). A slot is taken when a
 * job with wait_for_slot is submitted, and free again a moment after that has its outcome; both counts are
 * exact while nothing happens.
 * Owner: the numbers are the caller's. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool, free_slots, bound). */
BP_API bp_status bp_pool_get_slots(bp_pool* pool, int64_t* free_slots, int64_t* bound,
                                   bp_error** error);

/* Answers an acceptance in a pool with `synack`, once BP_EVENT_JOB_ACCEPTED of the job was read. accept 1:
 * its worker begins it. 0: it is not run and ends in BP_REJECTED with `reason`, which may be NULL; its
 * worker goes on (POOL-92). bp_pool_pump answers for jobs with callbacks itself.
 * Owner: reason is copied. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool), BP_STATE (the job awaits no answer). */
BP_API bp_status bp_pool_answer_job(bp_pool* pool, uint64_t job, int32_t accept, const char* reason,
                                    bp_error** error);

/* Calls the callbacks that are due, in the order of their events, and returns; when none is, waits for
 * the first. *calls is how many were called. Events of jobs without callbacks stay for
 * bp_pool_read_events, and bp_pool_fd tells of both.
 * Owner: calls may be NULL. Threads: one at a time, BP_STATE for another. Fork: BP_FORKED.
 * Blocks: to timeout_ns, see interrupt.h, and for the callbacks.
 * Errors: BP_TIMEOUT (none was due in time), BP_INTERRUPTED, BP_NOMEM (in a callback), BP_INVALID (pool, timeout_ns). */
BP_API bp_status bp_pool_pump(bp_pool* pool, int64_t timeout_ns, bp_interrupt* interrupt,
                              size_t* calls, bp_error** error);

/* Fills *stats with one snapshot.
 * Owner: stats is the caller's; set stats->size first. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool, stats, stats->size). */
BP_API bp_status bp_pool_get_stats(bp_pool* pool, bp_pool_stats* stats, bp_error** error);

/* Fills workers[0..*count) with what each worker is doing now, in order of index; *count is the number
 * filled, at most `capacity`. `info_size` is sizeof(bp_worker_info) of the caller.
 * Owner: workers is the caller's. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool, workers, info_size, count). */
BP_API bp_status bp_pool_get_workers(bp_pool* pool, bp_worker_info* workers, size_t capacity,
                                     size_t info_size, size_t* count, bp_error** error);

BP_END_C

#endif /* BILLIARD_POOL_H_ */
