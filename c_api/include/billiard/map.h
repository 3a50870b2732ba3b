/* One task over many items: bp_map sends the items to the workers in chunks and gives the results back
 * in the order of the items (POOL-51 ...).
 *
 *   bp_map_result* results;
 *   bp_map(pool, "digest", items, count, NULL, BP_FOREVER, NULL, &results, &error);
 *   for (i = 0; i < bp_map_result_count(results); ++i) bp_map_result_item(results, i, &view, &error);
 *   bp_map_result_release(results);
 *
 * A chunk is one job: one begin, one set of limits, one step towards max_jobs_per_worker. In the worker its
 * items come from bp_worker_next one by one, each as a job of its own with the map's id. The results of
 * a chunk are delivered together, when its last item is answered, and have to fit into max_payload.
 *
 * A map belongs to the process that made its pool, and may outlive the pool. */
#ifndef BILLIARD_MAP_H_
#define BILLIARD_MAP_H_

#include "billiard/pool.h"

/* The results of one map. */
typedef struct bp_map_result bp_map_result;

typedef struct bp_map_options {
  size_t size;         /* sizeof(bp_map_options) */
  uint64_t chunk_size; /* items a job; 0: as many as make four jobs a worker (POOL-54) */
  /* Of each chunk; NULL: all defaults. `format` has no meaning here, since every item brings its own.
   * `notify` announces the map's end once, as BP_EVENT_JOB_DONE with its id. */
  const bp_job_options* job;
} bp_map_options;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_map_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_map_options_init(bp_map_options* options, size_t size);

/* Submits task `task` for each of `count` items. With no items the result is ready at once (POOL-55).
 * When it fails, chunks that were submitted already go on, and their results are dropped.
 * Owner: task and items are copied; *out is the caller's, ended with bp_map_result_release.
 * Threads: any. Fork: BP_FORKED. Blocks: as bp_apply_async, until there is room for all chunks.
 * Errors: BP_INVALID (task, items, count, options; or more chunks than max_jobs: raise chunk_size),
 * BP_TOO_LARGE (a chunk is over max_payload: lower chunk_size), and those of bp_apply_async. */
BP_API bp_status bp_map_async(bp_pool* pool, const char* task, const bp_view* items, size_t count,
                              const bp_map_options* options, bp_map_result** out, bp_error** error);

/* bp_map_async, then bp_map_result_get. When it fails there is no result to release.
 * Owner: as bp_map_async. Threads: any. Fork: BP_FORKED. Blocks: to timeout_ns, see interrupt.h.
 * Errors: those of both. */
BP_API bp_status bp_map(bp_pool* pool, const char* task, const bp_view* items, size_t count,
                        const bp_map_options* options, int64_t timeout_ns, bp_interrupt* interrupt,
                        bp_map_result** out, bp_error** error);

/* The map's id, from the same count as those of jobs.
 * Owner: borrows; NULL gives BP_NO_JOB. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API uint64_t bp_map_result_id(const bp_map_result* result);

/* 1 when every item has a result or one has failed, else 0 (also in a forked child).
 * Owner: borrows; NULL gives 0. Threads: any. Fork: see above. Blocks: never. Errors: none. */
BP_API int bp_map_result_ready(bp_map_result* result);

/* 1 when a worker has begun every chunk, else 0 (POOL-70).
 * Owner: borrows; NULL gives 0. Threads: any. Fork: 0 in a child. Blocks: never. Errors: none. */
BP_API int bp_map_result_accepted(const bp_map_result* result);

/* Waits until the map is ready: BP_OK when it is, good or bad.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (result, timeout_ns). */
BP_API bp_status bp_map_result_wait(bp_map_result* result, int64_t timeout_ns,
                                    bp_interrupt* interrupt, bp_error** error);

/* Waits until the map is ready: BP_OK when every item has a result, which bp_map_result_item shows. The
 * first chunk that fails decides: its items after the failing one are not run, other chunks may be, and
 * are ignored (POOL-58). The outcome never changes.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (result, timeout_ns); or the failed chunk's own, as
 * bp_result_get has them. */
BP_API bp_status bp_map_result_get(bp_map_result* result, int64_t timeout_ns,
                                   bp_interrupt* interrupt, bp_error** error);

/* Number of the map's items, which is that of its results when it succeeds.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API size_t bp_map_result_count(const bp_map_result* result);

/* Shows the result of item `index`, in place.
 * Owner: *out lives until the map's result is released. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (result, index, out), BP_STATE (not ready), the map's own error when it failed,
 * BP_CORRUPT (damaged shared memory). */
BP_API bp_status bp_map_result_item(bp_map_result* result, size_t index, bp_view* out,
                                    bp_error** error);

/* Fills pids[0..*count) with the workers that have begun chunks, each once, and at most `capacity`.
 * Owner: pids is the caller's. Threads: any. Fork: none in a child. Blocks: never.
 * Errors: BP_INVALID (result, pids, count). */
BP_API bp_status bp_map_result_pids(const bp_map_result* result, int32_t* pids, size_t capacity,
                                    size_t* count, bp_error** error);

/* Forgets the map; its jobs go on, and their outcomes are dropped (POOL-73).
 * Owner: takes the result; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: in a child frees only its copy. Blocks: never. Errors: none. */
BP_API void bp_map_result_release(bp_map_result* result);

BP_END_C

#endif /* BILLIARD_MAP_H_ */
