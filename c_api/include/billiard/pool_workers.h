/* The workers of a running pool: how many there are, replacing them, watching them. */
#ifndef BILLIARD_POOL_WORKERS_H_
#define BILLIARD_POOL_WORKERS_H_

#include "billiard/pool.h"

BP_BEGIN_C

/* Starts `count` more workers in a group (NULL: the first), at the smallest free indexes. They come with
 * BP_EVENT_WORKER_UP. 0 changes nothing (POOL-170).
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool, group, count), BP_FULL (more than max_workers), BP_STATE (closed),
 * BP_POOL_FAILED, BP_RESTART_LIMIT. */
BP_API bp_status bp_pool_grow(bp_pool* pool, const char* group, int32_t count, bp_error** error);

/* Asks `count` workers of a group (NULL: the first) to leave for good: those with the highest indexes
 * among those that have no job. With `drain` 1 busy ones leave too, after their job; with 0 the call
 * changes nothing when fewer than `count` have none (POOL-171). No job is lost; one worker stays. 0
 * changes nothing.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never; an idle worker leaves within
 * milliseconds. Errors: BP_INVALID (pool, group, count), BP_STATE ("Can't shrink pool. All processes
 * busy!", or closed), BP_POOL_FAILED, BP_RESTART_LIMIT. */
BP_API bp_status bp_pool_shrink(bp_pool* pool, const char* group, int32_t count, int32_t drain,
                                bp_error** error);

/* Replaces every worker, idle ones now, busy ones after their job (POOL-37). No job is lost, and the
 * restart limiter does not count them.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool), BP_STATE (closed), BP_POOL_FAILED, BP_RESTART_LIMIT. */
BP_API bp_status bp_pool_restart(bp_pool* pool, bp_error** error);

/* Forks a new template from this process as it is now, and replaces the workers by forks of it, as
 * bp_pool_restart does: they have what the process has loaded since, and share its memory anew. The old
 * template ends with its last worker. Also lets a pool go on whose template has died: its failure ends.
 * Task names stay as they are. For pools with forked workers.
 * Owner: borrows. Threads: the one that may fork, see force_fork. Fork: BP_FORKED; this call forks, the
 * child never returns from it. Blocks: until the new template runs; a few ms.
 * Errors: BP_INVALID (pool), BP_STATE (closed, or no forked workers), BP_FORK_UNSAFE, BP_START_FAILED,
 * BP_POOL_FAILED, BP_RESTART_LIMIT, BP_OS. */
BP_API bp_status bp_pool_refork(bp_pool* pool, bp_error** error);

/* 1 while no worker has ended since the pool was made (POOL-147), else 0; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: 0 in a child. Blocks: never. Errors: none. */
BP_API int bp_pool_did_start_ok(bp_pool* pool);

/* Whether the pool can go on (POOL-141). Workers that ended have been replaced without this call; in
 * event-loop mode it does what bp_pool_step does.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (pool), BP_RESTART_LIMIT and BP_POOL_FAILED with the reason. */
BP_API bp_status bp_pool_maintain(bp_pool* pool, bp_error** error);

/* A descriptor that is readable once the worker's process has ended (POOL-148).
 * Owner: *fd is the caller's, ended with close(); -1 on failure. Threads: any. Fork: BP_FORKED.
 * Blocks: never. Errors: BP_INVALID (pool, fd), BP_NOT_FOUND (no worker has this pid), BP_OS. */
BP_API bp_status bp_pool_worker_sentinel(bp_pool* pool, int32_t pid, int* fd, bp_error** error);

BP_END_C

#endif /* BILLIARD_POOL_WORKERS_H_ */
