/* A recursive lock between processes and threads: its owner may take it again, and gives it back as
 * often as it took it (SYNC-20).
 *
 * The owner is a process and a number of the caller's choice, below 2^63: a thread's, a goroutine's
 * or a lock value's. 0 stands for the calling thread. When the owner's process dies, the next acquire
 * succeeds with BP_OWNER_DIED, at depth 1. See object.h for options, ids, names and forks. A forked
 * child does not own what its parent owns (SYNC-7). */
#ifndef BILLIARD_RLOCK_H_
#define BILLIARD_RLOCK_H_

#include "billiard/interrupt.h"
#include "billiard/object.h"

typedef struct bp_rlock bp_rlock;

BP_BEGIN_C

/* Makes an RLock that is free, or opens the named one.
 * Owner: *out is the caller's, ended with bp_rlock_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (options, out), BP_CORRUPT, BP_NOMEM, BP_OS. */
BP_API bp_status bp_rlock_create(const bp_object_options* options, bp_rlock** out,
                                 bp_error** error);

/* The RLock `id` of a segment; NULL: of the default one. The id of a condition, value or array that has
 * an RLock of its own gives that.
 * Owner: *out is the caller's, ended with bp_rlock_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_rlock_attach(bp_segment* segment, uint64_t id, bp_rlock** out,
                                 bp_error** error);

/* Names the RLock in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_rlock_id(const bp_rlock* rlock);

/* Takes the RLock for owner_token, once more when it owns it (SYNC-1): BP_OK, or BP_OWNER_DIED, which
 * holds it too.
 * Owner: borrows. Threads: any. Fork: works in children.
 * Blocks: while another owner holds it, to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (rlock, owner_token, timeout_ns), BP_STATE (taken
 * too often). */
BP_API bp_status bp_rlock_acquire(bp_rlock* rlock, uint64_t owner_token, int64_t timeout_ns,
                                  bp_interrupt* interrupt, bp_error** error);

/* The wait-only twin of acquire: BP_OK when owner_token could take it now; takes nothing (another taker
 * may be first).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (rlock, owner_token, timeout_ns), BP_STATE. */
BP_API bp_status bp_rlock_wait(bp_rlock* rlock, uint64_t owner_token, int64_t timeout_ns,
                               bp_interrupt* interrupt, bp_error** error);

/* Gives the RLock back once.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE (owner_token does not own it: "attempt to release recursive lock not owned by
 * thread", SYNC-21), BP_INVALID (rlock, owner_token). */
BP_API bp_status bp_rlock_unlock(bp_rlock* rlock, uint64_t owner_token, bp_error** error);

/* How often its owner has taken it and not given it back; 0 when free, or for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_rlock_count(const bp_rlock* rlock);

/* A bp_held_by: who owns it now, seen from owner_token; BP_HELD_BY_NOBODY for NULL. `pid`, when not
 * NULL, gets the owner's process, or 0.
 * Owner: pid is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int32_t bp_rlock_holder(const bp_rlock* rlock, uint64_t owner_token, int32_t* pid);

/* Writes "<RLock(None, 0)>", or the owner and its depth (SYNC-22): `self` when it is owner_token (NULL:
 * this process's name, see bp_lock_describe), else "SomeOtherThread, nonzero" and "SomeOtherProcess,
 * nonzero", or "unknown, nonzero" when it has died. Returns and cuts as bp_lock_describe.
 * Owner: `text` is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_rlock_describe(const bp_rlock* rlock, uint64_t owner_token, const char* self,
                                char* text, size_t capacity);

/* Frees the handle, and leaves the RLock as it is; it goes with the last process that has it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_rlock_release(bp_rlock* rlock);

BP_END_C

#endif /* BILLIARD_RLOCK_H_ */
