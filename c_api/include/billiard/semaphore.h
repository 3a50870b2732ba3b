/* Semaphores between processes and threads: plain, bounded, and tracked.
 *
 * Units have no owner: any thread or process may post. With BP_TRACKED (G-SYNC-5) each unit notes the
 * process that took it: units of a process that dies come back by themselves, and only a process that
 * holds a unit may post it. See object.h for options, ids, names and forks. */
#ifndef BILLIARD_SEMAPHORE_H_
#define BILLIARD_SEMAPHORE_H_

#include "billiard/interrupt.h"
#include "billiard/object.h"

/* The largest value of a semaphore (SYNC-6), and of one that is tracked. */
#define BP_SEM_VALUE_MAX ((int64_t)2147483647)
#define BP_TRACKED_VALUE_MAX ((int64_t)65536)

typedef struct bp_semaphore bp_semaphore;

BP_BEGIN_C

/* Makes a semaphore with `value` units, or opens the named one. Flags: BP_TRACKED.
 * Owner: *out is the caller's, ended with bp_semaphore_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (value below 0 or over its largest, SYNC-30; options, out), BP_EXISTS, BP_CORRUPT,
 * BP_NOMEM, BP_OS. */
BP_API bp_status bp_semaphore_create(int64_t value, const bp_object_options* options,
                                     bp_semaphore** out, bp_error** error);

/* The same for a semaphore whose value never exceeds the one given here (SYNC-32).
 * Owner: *out is the caller's, ended with bp_semaphore_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (value, options, out), BP_EXISTS, BP_CORRUPT, BP_NOMEM, BP_OS. */
BP_API bp_status bp_bounded_semaphore_create(int64_t value, const bp_object_options* options,
                                             bp_semaphore** out, bp_error** error);

/* The semaphore `id`, of any sort, of a segment; NULL: of the default one.
 * Owner: *out is the caller's, ended with bp_semaphore_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_semaphore_attach(bp_segment* segment, uint64_t id, bp_semaphore** out,
                                     bp_error** error);

/* Names the semaphore in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_semaphore_id(const bp_semaphore* semaphore);

/* Takes one unit (SYNC-1).
 * Owner: borrows. Threads: any. Fork: works in children.
 * Blocks: while the value is 0, to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (semaphore, timeout_ns), BP_STATE. */
BP_API bp_status bp_semaphore_acquire(bp_semaphore* semaphore, int64_t timeout_ns,
                                      bp_interrupt* interrupt, bp_error** error);

/* The wait-only twin of acquire: BP_OK when the value is not 0; takes nothing (another taker may be
 * first).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (semaphore, timeout_ns), BP_STATE. */
BP_API bp_status bp_semaphore_wait(bp_semaphore* semaphore, int64_t timeout_ns,
                                   bp_interrupt* interrupt, bp_error** error);

/* Gives `units` (at least 1) back, or adds them; all or none.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE (over the bound: "semaphore or lock released too many times"; tracked: this process
 * does not hold so many), BP_INVALID (semaphore, units). */
BP_API bp_status bp_semaphore_post(bp_semaphore* semaphore, int64_t units, bp_error** error);

/* Units that are free now (SYNC-33); 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int64_t bp_semaphore_value(const bp_semaphore* semaphore);

/* The bound: the value that it was made with, BP_SEM_VALUE_MAX where it has none; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int64_t bp_semaphore_bound(const bp_semaphore* semaphore);

/* Units that came back because their holder died; 0 for NULL or when it is not tracked.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_semaphore_returned(const bp_semaphore* semaphore);

/* Writes "<Semaphore(value=1)>" or "<BoundedSemaphore(value=1, maxvalue=2)>" (SYNC-34). Returns and
 * cuts as bp_lock_describe.
 * Owner: `text` is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_semaphore_describe(const bp_semaphore* semaphore, char* text, size_t capacity);

/* Frees the handle; the semaphore goes with the last process that has it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_semaphore_release(bp_semaphore* semaphore);

BP_END_C

#endif /* BILLIARD_SEMAPHORE_H_ */
