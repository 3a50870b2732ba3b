/* One task over items that come one after the other, without end if need be: bp_imap gives the results
 * in the order of the items, bp_imap_unordered as they come (POOL-61 ...).
 *
 *   bp_imap(pool, "digest", &options, &iterator, &error);      // options.feed makes the items
 *   while (bp_imap_next(iterator, BP_FOREVER, NULL, &value, &index, &error) != BP_CLOSED) ...
 *   bp_imap_release(iterator);
 *
 * Items come from a feed function, which the library calls inside bp_imap, bp_imap_wait and bp_imap_next, in
 * the thread that calls these and in one thread at a time; or without one from bp_imap_put and
 * bp_imap_end. At most `look_ahead` jobs are out at a time: submitted, and not yet taken with
 * bp_imap_next. So neither the pool nor its results grow with the input.
 *
 * An item that fails, or whose worker is lost, fails alone: the iteration goes on (POOL-64, POOL-66).
 *
 * An iterator belongs to the process that made its pool, and may outlive the pool. */
#ifndef BILLIARD_IMAP_H_
#define BILLIARD_IMAP_H_

#include "billiard/map.h"

typedef struct bp_imap_iterator bp_imap_iterator;

/* Makes the next item: fills *item and returns 1; returns 0 when there are no more; or a negative number
 * when it could not make one, which ends the input and is told by bp_imap_next as BP_TASK_FAILED of the
 * class "FeedError" after the last item (POOL-65). The bytes are copied before the next call. It must not
 * call functions of its own iterator. */
typedef int (*bp_feed_fn)(void* context, bp_view* item);

typedef struct bp_imap_options {
  size_t size; /* sizeof(bp_imap_options) */
  uint64_t
      chunk_size; /* items a job; 0: 1. A chunk is one job, see map.h, but its items fail alone,
                          and together when its worker is lost */
  uint64_t look_ahead; /* jobs out at a time, each of which takes one of max_jobs places from the
                          beginning; 0: 4 x workers (POOL-68) */
  bp_feed_fn feed;     /* NULL: items come by bp_imap_put */
  void* feed_context;
  /* Of each job; NULL: all defaults. `format` has no meaning here. With `notify` BP_EVENT_JOB_DONE with
   * the iterator's id says that there may be something to take: take until BP_TIMEOUT. */
  const bp_job_options* job;
} bp_imap_options;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_imap_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_imap_options_init(bp_imap_options* options, size_t size);

/* Begins an iteration; results come in the order of the items. Calls the feed function until look_ahead
 * jobs are out.
 * Owner: task is copied, feed and its context must outlive the iterator; *out is the caller's, ended with
 * bp_imap_release. Threads: any. Fork: BP_FORKED. Blocks: as bp_apply_async, until look_ahead + 1 places
 * are free. Errors: BP_INVALID (task, options, look_ahead above max_jobs - 1), and those of
 * bp_apply_async. */
BP_API bp_status bp_imap(bp_pool* pool, const char* task, const bp_imap_options* options,
                         bp_imap_iterator** out, bp_error** error);

/* The same; results come in the order in which their jobs end.
 * Owner: as bp_imap. Threads: any. Fork: BP_FORKED. Blocks: as bp_imap. Errors: as bp_imap. */
BP_API bp_status bp_imap_unordered(bp_pool* pool, const char* task, const bp_imap_options* options,
                                   bp_imap_iterator** out, bp_error** error);

/* The iterator's id, from the same count as those of jobs.
 * Owner: borrows; NULL gives BP_NO_JOB. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API uint64_t bp_imap_id(const bp_imap_iterator* iterator);

/* How many items bp_imap_put would take now.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: 0 in a child. Blocks: never. Errors: none. */
BP_API uint64_t bp_imap_room(bp_imap_iterator* iterator);

/* Adds an item. Items of a chunk go to the workers when it is full, at bp_imap_end, or when a taker has
 * nothing else to wait for.
 * Owner: bytes are copied. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_FULL (look_ahead jobs are out: take first), BP_TOO_LARGE, BP_STATE (ended; the pool is not
 * running; or the iterator has a feed function), BP_POOL_FAILED, BP_INVALID (iterator, data). */
BP_API bp_status bp_imap_put(bp_imap_iterator* iterator, const void* data, size_t size,
                             uint32_t format, bp_error** error);

/* Says that there are no more items. Idempotent.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: never. Errors: BP_INVALID (iterator). */
BP_API bp_status bp_imap_end(bp_imap_iterator* iterator, bp_error** error);

/* Ends the input because an item could not be made: after the last item bp_imap_next tells it once, as
 * BP_TASK_FAILED (POOL-65). Without effect when the input has ended.
 * Owner: texts are copied. Threads: any. Fork: BP_FORKED. Blocks: never.
 * Errors: BP_INVALID (iterator, failure). */
BP_API bp_status bp_imap_fail(bp_imap_iterator* iterator, const bp_failure* failure,
                              bp_error** error);

/* The wait-only twin of bp_imap_next: BP_OK when that would not wait.
 * Owner: borrows. Threads: any. Fork: BP_FORKED. Blocks: to timeout_ns, see interrupt.h, and for the feed
 * function. Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (iterator, timeout_ns). */
BP_API bp_status bp_imap_wait(bp_imap_iterator* iterator, int64_t timeout_ns,
                              bp_interrupt* interrupt, bp_error** error);

/* Takes the next result: a copy of its bytes, and *index says which item it belongs to, from 0. An item
 * that failed gives its own error, and *index (POOL-64).
 * Owner: *out is the caller's, ended with bp_buffer_free; index may be NULL. Threads: any; each result is
 * given to one. Fork: BP_FORKED. Blocks: to timeout_ns, see interrupt.h, and for the feed function.
 * Errors: BP_CLOSED (every item was delivered), BP_TIMEOUT (nothing is lost, call again),
 * BP_INTERRUPTED, BP_NOMEM (the same), BP_INVALID (iterator, timeout_ns, out); or the item's own, as
 * bp_result_get has them. */
BP_API bp_status bp_imap_next(bp_imap_iterator* iterator, int64_t timeout_ns,
                              bp_interrupt* interrupt, bp_buffer* out, uint64_t* index,
                              bp_error** error);

/* Forgets the iteration; its jobs go on, and their outcomes are dropped.
 * Owner: takes the iterator; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: in a child frees only its copy. Blocks: never. Errors: none. */
BP_API void bp_imap_release(bp_imap_iterator* iterator);

BP_END_C

#endif /* BILLIARD_IMAP_H_ */
