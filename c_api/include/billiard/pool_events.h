/* What a pool tells its host: ends of jobs, workers that come and go. The host reads the events when it
 * likes; nothing waits for it.
 *
 *   struct pollfd entry = {bp_pool_fd(pool), POLLIN, 0};
 *   while (poll(&entry, 1, -1) == 1) {
 *     bp_pool_event events[64];
 *     size_t count;
 *     bp_pool_read_events(pool, events, 64, sizeof events[0], &count, NULL);
 *     ...
 *   }
 *
 * Or the pool's own thread reads them and calls bp_pool_options.on_event.
 *
 * Events of one job come in the order of its life, its end last; the outcome can be had when the end is
 * read. Events of one worker come in order, too. */
#ifndef BILLIARD_POOL_EVENTS_H_
#define BILLIARD_POOL_EVENTS_H_

#include <stddef.h>

#include "billiard/common.h"
#include "billiard/error.h"
#include "billiard/status.h"

typedef struct bp_pool bp_pool;

/* What happened, and which fields of bp_pool_event say more. */
typedef enum bp_event_kind {
  BP_EVENT_JOB_ACCEPTED = 1,   /* a worker has begun the job: job, pid; time_ns is the worker's */
  BP_EVENT_JOB_DONE = 2,       /* the job has its outcome: job, pid or 0 */
  BP_EVENT_SOFT_TIMEOUT = 3,   /* the job has run past its soft limit: job, pid, soft_ns */
  BP_EVENT_TIMEOUT = 4,        /* the job was ended at its hard limit: job, pid, hard_ns */
  BP_EVENT_TIMEOUT_SET = 5,    /* a job with limits has begun: job, pid, soft_ns, hard_ns */
  BP_EVENT_TIMEOUT_CANCEL = 6, /* it has its outcome: job */
  BP_EVENT_WORKER_UP = 7,      /* a worker process was started (POOL-9): pid, index, group */
  BP_EVENT_WORKER_DOWN = 8,    /* it has ended, and its job has been decided (POOL-10): pid, index,
                                  group, exit_status */
  BP_EVENT_GROW = 9,           /* bp_pool_grow: group, count */
  BP_EVENT_SHRINK = 10,        /* bp_pool_shrink: group, count */
  BP_EVENT_POOL_FAILED = 11    /* the pool can not go on; bp_pool_wait_ready has the reason */
} bp_event_kind;

/* Bits of bp_pool_options.events. */
#define BP_EVENTS_WORKERS 1u /* WORKER_UP, WORKER_DOWN, GROW, SHRINK, POOL_FAILED */
#define BP_EVENTS_LIMITS 2u  /* SOFT_TIMEOUT, TIMEOUT, TIMEOUT_SET, TIMEOUT_CANCEL, POOL_FAILED */

typedef struct bp_pool_event {
  uint64_t job;        /* or BP_NO_JOB */
  int64_t time_ns;     /* monotonic time of the event, or at which it was noticed */
  int64_t soft_ns;     /* the job's soft limit, or 0 */
  int64_t hard_ns;     /* the job's hard limit, or 0 */
  int32_t kind;        /* a bp_event_kind */
  int32_t pid;         /* of the worker, or 0 */
  int32_t index;       /* of the worker, or -1 */
  int32_t group;       /* index of the group, or -1 */
  int32_t exit_status; /* of WORKER_DOWN: exit code, minus a signal's number, or BP_EXIT_UNKNOWN */
  int32_t count;       /* of GROW and SHRINK */
} bp_pool_event;

/* Called with each event, one at a time, in order, by a thread of the library in which all signals are
 * blocked. It may call any function on the pool but bp_pool_release. `event` is valid during the call. */
typedef void (*bp_event_fn)(const bp_pool_event* event, void* context);

BP_BEGIN_C

/* A file descriptor that is readable while bp_pool_read_events has something; in event-loop mode also
 * while bp_pool_step has something to do. For poll, epoll, IO.select, a netpoller.
 * Owner: the fd stays the pool's: do not read, write or close it. Threads: any. Fork: -1 in a child.
 * Blocks: never. Errors: -1 for NULL. */
BP_API int bp_pool_fd(bp_pool* pool);

/* Takes up to `capacity` events, each once, and arms bp_pool_fd again when none is left. Recorded are
 * the ends of jobs with bp_job_options.notify and the kinds of bp_pool_options.events. Ends that are
 * not read keep their places among max_jobs; other events take memory until they are read. *count is 0
 * only when the fd is armed, so an edge-triggered reader reads until then.
 * `event_size` is sizeof(bp_pool_event) of the caller.
 * Owner: events is the caller's. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool, events, event_size, count). */
BP_API bp_status bp_pool_read_events(bp_pool* pool, bp_pool_event* events, size_t capacity,
                                     size_t event_size, size_t* count, bp_error** error);

/* Event-loop mode (bp_pool_options.event_loop): does what the pool's supervisor has to do now: starts
 * and buries workers, keeps time limits, goes on with closing. To be called when bp_pool_fd is readable;
 * then bp_pool_read_events. Functions that wait (bp_result_wait, bp_pool_join ...) do the same while
 * they wait. When another thread is at it, returns at once.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool), BP_STATE (the pool is not in event-loop mode). */
BP_API bp_status bp_pool_step(bp_pool* pool, bp_error** error);

BP_END_C

#endif /* BILLIARD_POOL_EVENTS_H_ */
