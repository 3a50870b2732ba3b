/* Statistics of a pool of another process, for tools that watch: read from the pool's shared memory, which
 * the watching process opens under /proc. The pool's host takes no part in it and can be stopped, busy or
 * stuck meanwhile. Both processes must belong to the same user (or the watching one to root).
 *
 *   bp_pool_watch* watch;
 *   bp_pool_watch_open(pid, 0, &watch, &error);
 *   bp_pool_stats stats = {.size = sizeof stats};
 *   bp_pool_watch_get_stats(watch, &stats, &error);
 *   bp_pool_watch_release(watch); */
#ifndef BILLIARD_POOL_WATCH_H_
#define BILLIARD_POOL_WATCH_H_

#include "billiard/pool.h"

typedef struct bp_pool_watch bp_pool_watch;

BP_BEGIN_C

/* Finds a pool that process `pid` has now: the `index`-th, from 0, in the order in which it made them.
 * Owner: *out is the caller's, ended with bp_pool_watch_release. Threads: any. Fork: safe.
 * Blocks: never. Errors: BP_NOT_FOUND (no such process, or it has no such pool), BP_OS (another user's
 * process), BP_INVALID (pid, index, out), BP_NOMEM. */
BP_API bp_status bp_pool_watch_open(int32_t pid, int32_t index, bp_pool_watch** out,
                                    bp_error** error);

/* Fills *stats as bp_pool_get_stats does in the host.
 * Owner: stats is the caller's; set stats->size first. Threads: any. Fork: safe. Blocks: never.
 * Errors: BP_CLOSED (the host has ended), BP_INVALID (watch, stats, stats->size). */
BP_API bp_status bp_pool_watch_get_stats(bp_pool_watch* watch, bp_pool_stats* stats,
                                         bp_error** error);

/* Fills workers[0..*count) as bp_pool_get_workers does in the host.
 * Owner: workers is the caller's. Threads: any. Fork: safe. Blocks: never.
 * Errors: BP_CLOSED (the host has ended), BP_INVALID (watch, workers, info_size, count). */
BP_API bp_status bp_pool_watch_get_workers(bp_pool_watch* watch, bp_worker_info* workers,
                                           size_t capacity, size_t info_size, size_t* count,
                                           bp_error** error);

/* Writes the name of a group (bp_worker_info.group), ended by NUL; at most 255 bytes, cut to `capacity`.
 * Owner: text is the caller's. Threads: any. Fork: safe. Blocks: never.
 * Errors: BP_CLOSED (the host has ended), BP_INVALID (watch; group: the pool has none with that index;
 * text: is NULL, or capacity is 0). */
BP_API bp_status bp_pool_watch_group_name(bp_pool_watch* watch, int32_t group, char* text,
                                          size_t capacity, bp_error** error);

/* Ends the look; the pool does not notice.
 * Owner: takes the watch; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_pool_watch_release(bp_pool_watch* watch);

BP_END_C

#endif /* BILLIARD_POOL_WATCH_H_ */
