/* A place where a fixed number of processes and threads wait for each other, again and again.
 *
 * A participant that dies breaks the barrier, instead of keeping the others waiting (G-SYNC-6). See
 * object.h for options, ids, names and forks. */
#ifndef BILLIARD_BARRIER_H_
#define BILLIARD_BARRIER_H_

#include "billiard/interrupt.h"
#include "billiard/object.h"

/* The largest number of participants. */
#define BP_PARTIES_MAX ((int64_t)4096)

typedef struct bp_barrier bp_barrier;

/* One participation in steps, for runtimes that may not block in one. */
typedef struct bp_arrival bp_arrival;

/* What the last to arrive does before anybody goes on; not 0: it failed. */
typedef int (*bp_barrier_action_fn)(void* context);

BP_BEGIN_C

/* Makes a barrier for `parties` participants, or opens the named one. default_timeout_ns is that of
 * waits that name none; it belongs to the barrier, not to the handle.
 * Owner: *out is the caller's, ended with bp_barrier_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (parties below 1 or over BP_PARTIES_MAX, SYNC-60; default_timeout_ns below -1;
 * options, out), BP_EXISTS (the name has other parties), BP_CORRUPT, BP_NOMEM, BP_OS. */
BP_API bp_status bp_barrier_create(int64_t parties, int64_t default_timeout_ns,
                                   const bp_object_options* options, bp_barrier** out,
                                   bp_error** error);

/* The barrier `id` of a segment; NULL: of the default one.
 * Owner: *out is the caller's, ended with bp_barrier_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_barrier_attach(bp_segment* segment, uint64_t id, bp_barrier** out,
                                   bp_error** error);

/* Names the barrier in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_barrier_id(const bp_barrier* barrier);

/* Arrives, and waits until all have (SYNC-61). `index`, when not NULL, gets the place in the order of
 * arrival, from 0. The last to arrive calls action(context), when there is one, before anybody goes on
 * (SYNC-62). BP_FOREVER as timeout means the barrier's own.
 * Owner: index is the caller's. Threads: any; the action runs on the calling one. Fork: works in
 * children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_BROKEN (a time-out, of this caller too, SYNC-63; an abort or a reset; a participant died;
 * an action failed), BP_TASK_FAILED (this caller's action failed; the barrier is broken),
 * BP_INTERRUPTED (the barrier is broken by it), BP_INVALID (barrier, timeout_ns), BP_NOMEM, BP_STATE. */
BP_API bp_status bp_barrier_wait(bp_barrier* barrier, bp_barrier_action_fn action, void* context,
                                 int64_t timeout_ns, bp_interrupt* interrupt, uint32_t* index,
                                 bp_error** error);

/* Breaks the barrier: all who wait get BP_BROKEN, and so does everybody until a reset (SYNC-65).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (barrier), BP_STATE. */
BP_API bp_status bp_barrier_abort(bp_barrier* barrier, bp_error** error);

/* Makes it empty and whole again; all who wait get BP_BROKEN (SYNC-65).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (barrier), BP_STATE. */
BP_API bp_status bp_barrier_reset(bp_barrier* barrier, bp_error** error);

/* The number of participants (SYNC-66); 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint32_t bp_barrier_parties(const bp_barrier* barrier);

/* How many have arrived and wait; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint32_t bp_barrier_waiting(const bp_barrier* barrier);

/* 1 when broken, else 0; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int bp_barrier_broken(const bp_barrier* barrier);

/* The timeout of waits that name none; BP_FOREVER for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int64_t bp_barrier_default_timeout(const bp_barrier* barrier);

/* Frees the handle; the barrier goes with the last process that has it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it, and no bp_arrival,
 * under way. Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_barrier_release(bp_barrier* barrier);

/* A participation in steps:
 *
 *   bp_barrier_arrive(b, timeout, interrupt, &a, &error);       takes the next place
 *   if (bp_arrival_is_last(a)) { the action; bp_arrival_open(a, &error); }
 *   else bp_arrival_wait(a, timeout, interrupt, &error);        waits only; as often as it takes
 *   in the end: bp_arrival_give_up(a, &error) when the time is over, and bp_arrival_release(a).
 *
 * The last to arrive must open the barrier, or release its arrival, which breaks it.
 * Owner: the barrier must outlive *out, which is the caller's, ended with bp_arrival_release.
 * Threads: any. Fork: an arrival belongs to the process that made it.
 * Blocks: only while the action of the cycle before runs, to timeout_ns, see interrupt.h.
 * Errors: BP_BROKEN, BP_TIMEOUT and BP_INTERRUPTED (did not arrive), BP_INVALID (barrier, timeout_ns,
 * out), BP_NOMEM, BP_STATE. */
BP_API bp_status bp_barrier_arrive(bp_barrier* barrier, int64_t timeout_ns, bp_interrupt* interrupt,
                                   bp_arrival** out, bp_error** error);

/* Its place in the order of arrival, from 0; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: reads the child's copy. Blocks: never. Errors: none. */
BP_API uint32_t bp_arrival_index(const bp_arrival* arrival);

/* 1 for the last to arrive, who has to open the barrier; else 0, also for NULL.
 * Owner: borrows. Threads: any. Fork: reads the child's copy. Blocks: never. Errors: none. */
BP_API int bp_arrival_is_last(const bp_arrival* arrival);

/* Waits until the barrier is open: BP_OK. A time-out or an interrupt leaves the place taken, and the
 * barrier whole.
 * Owner: borrows. Threads: one at a time. Fork: see bp_barrier_arrive.
 * Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_BROKEN, BP_FORKED, BP_STATE (the last one does not wait),
 * BP_INVALID (arrival, timeout_ns). */
BP_API bp_status bp_arrival_wait(bp_arrival* arrival, int64_t timeout_ns, bp_interrupt* interrupt,
                                 bp_error** error);

/* Lets everybody go on; for the last to arrive.
 * Owner: borrows. Threads: one. Fork: see bp_barrier_arrive. Blocks: never.
 * Errors: BP_BROKEN (meanwhile), BP_STATE (not the last, or done already), BP_FORKED, BP_INVALID. */
BP_API bp_status bp_arrival_open(bp_arrival* arrival, bp_error** error);

/* The end of the caller's patience (SYNC-63), or, for the last to arrive, of its action: breaks the
 * barrier when it is still closed, BP_BROKEN; BP_OK when it was opened first.
 * Owner: borrows. Threads: one. Fork: see bp_barrier_arrive. Blocks: never.
 * Errors: BP_BROKEN, BP_FORKED, BP_INVALID (arrival). */
BP_API bp_status bp_arrival_give_up(bp_arrival* arrival, bp_error** error);

/* Frees it. One that is not over breaks the barrier: neither opened, nor given up, nor waited for to
 * its end.
 * Owner: takes the arrival; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees the child's copy only. Blocks: never. Errors: none. */
BP_API void bp_arrival_release(bp_arrival* arrival);

BP_END_C

#endif /* BILLIARD_BARRIER_H_ */
