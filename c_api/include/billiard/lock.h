/* A lock between processes and threads: not recursive, and not owned by a thread (SYNC-10).
 *
 * It notes which process holds it. When that process dies, the next acquire succeeds with
 * BP_OWNER_DIED within 100 ms: the lock is held, and what it protects may be half done (G-SYNC-1).
 * Acquire and unlock make no system call while nobody else wants the lock. See object.h for options,
 * ids, names and forks. A forked child does not hold what its parent holds (SYNC-7). */
#ifndef BILLIARD_LOCK_H_
#define BILLIARD_LOCK_H_

#include "billiard/interrupt.h"
#include "billiard/object.h"

typedef struct bp_lock bp_lock;

BP_BEGIN_C

/* Makes a lock that is free, or opens the named one. Flags: BP_FIFO.
 * Owner: *out is the caller's, ended with bp_lock_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (options, out), BP_CORRUPT, BP_NOMEM, BP_OS. */
BP_API bp_status bp_lock_create(const bp_object_options* options, bp_lock** out, bp_error** error);

/* The lock `id` of a segment; NULL: of the default one.
 * Owner: *out is the caller's, ended with bp_lock_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_lock_attach(bp_segment* segment, uint64_t id, bp_lock** out, bp_error** error);

/* Names the lock in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_lock_id(const bp_lock* lock);

/* Takes the lock (SYNC-1): BP_OK, or BP_OWNER_DIED, which holds it too.
 * Owner: borrows. Threads: any. Fork: works in children.
 * Blocks: while it is held, to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT (held all the time), BP_INTERRUPTED, BP_INVALID (lock, timeout_ns), BP_STATE. */
BP_API bp_status bp_lock_acquire(bp_lock* lock, int64_t timeout_ns, bp_interrupt* interrupt,
                                 bp_error** error);

/* The wait-only twin of acquire: BP_OK when the lock is free or its holder is dead; takes nothing
 * (another taker may be first).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (lock, timeout_ns), BP_STATE. */
BP_API bp_status bp_lock_wait(bp_lock* lock, int64_t timeout_ns, bp_interrupt* interrupt,
                              bp_error** error);

/* Gives the lock back, whoever took it (SYNC-11).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE (it is free: "semaphore or lock released too many times"), BP_INVALID (lock). */
BP_API bp_status bp_lock_unlock(bp_lock* lock, bp_error** error);

/* A bp_held_by: who holds it now; BP_HELD_BY_NOBODY for NULL. `pid`, when not NULL, gets the holder's
 * process, or 0.
 * Owner: pid is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int32_t bp_lock_holder(const bp_lock* lock, int32_t* pid);

/* 1 when its waiters get it in the order in which they came (BP_FIFO), else 0; 0 for NULL. One who waits
 * with bp_lock_wait has no place in that order.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int bp_lock_fifo(const bp_lock* lock);

/* Writes "<Lock(owner=None)>", with the holder instead of None (SYNC-12): `self` when it is this
 * process (NULL: its process name, "MainProcess" in the process that loaded the library), else
 * SomeOtherProcess, or unknown when it has died. Returns the text's length without its NUL; a text that
 * does not fit in `capacity` bytes is cut, and still ends in NUL when capacity > 0.
 * Owner: `text` is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_lock_describe(const bp_lock* lock, const char* self, char* text, size_t capacity);

/* Frees the handle, and leaves the lock as it is; the lock goes with the last process that has it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_lock_release(bp_lock* lock);

BP_END_C

#endif /* BILLIARD_LOCK_H_ */
