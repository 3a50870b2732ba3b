/* A condition variable between processes and threads, with its lock.
 *
 * A notification goes to a waiter that is alive: one that was killed, stopped or gave up in time takes
 * none with it, and notifying never waits for a waiter (G-SYNC-2). No wake-up is spurious (SYNC-47).
 * The lock is a new RLock of its own, or the one in the options (SYNC-40), then in that lock's segment.
 * `owner_token` is as in rlock.h; where the lock is a bp_lock it is not looked at, and the process that
 * holds the lock owns it. See object.h for options, ids, names and forks. */
#ifndef BILLIARD_CONDITION_H_
#define BILLIARD_CONDITION_H_

#include "billiard/interrupt.h"
#include "billiard/lock.h"
#include "billiard/object.h"
#include "billiard/rlock.h"

typedef struct bp_condition bp_condition;

/* One wait in several steps, for runtimes that may not block in one. */
typedef struct bp_waiter bp_waiter;

/* Whether to go on: not 0. */
typedef int (*bp_predicate_fn)(void* context);

BP_BEGIN_C

/* Makes a condition, or opens the named one.
 * Owner: the options' lock is borrowed: the condition has its own hold on it; *out is the caller's,
 * ended with bp_condition_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (options: two locks, or one of another segment; out), BP_CORRUPT, BP_NOMEM, BP_OS,
 * BP_STATE. */
BP_API bp_status bp_condition_create(const bp_object_options* options, bp_condition** out,
                                     bp_error** error);

/* The condition `id`, with its lock, of a segment; NULL: of the default one.
 * Owner: *out is the caller's, ended with bp_condition_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_condition_attach(bp_segment* segment, uint64_t id, bp_condition** out,
                                     bp_error** error);

/* Names the condition in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_condition_id(const bp_condition* condition);

/* Takes the lock (SYNC-41): BP_OK, or BP_OWNER_DIED, which holds it too.
 * Owner: borrows. Threads: any. Fork: works in children.
 * Blocks: while another owner holds it, to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (condition, owner_token, timeout_ns), BP_STATE. */
BP_API bp_status bp_condition_acquire(bp_condition* condition, uint64_t owner_token,
                                      int64_t timeout_ns, bp_interrupt* interrupt,
                                      bp_error** error);

/* The wait-only twin of acquire; takes nothing (another taker may be first).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (condition, owner_token, timeout_ns), BP_STATE. */
BP_API bp_status bp_condition_wait_lock(bp_condition* condition, uint64_t owner_token,
                                        int64_t timeout_ns, bp_interrupt* interrupt,
                                        bp_error** error);

/* Gives the lock back (once, when it is recursive).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE (not owned; texts as in lock.h and rlock.h), BP_INVALID. */
BP_API bp_status bp_condition_unlock(bp_condition* condition, uint64_t owner_token,
                                     bp_error** error);

/* Gives the lock back completely, waits for a notification, and takes it again as often as it was
 * held, whatever the outcome (SYNC-42): BP_OK when notified. `owner_died`, when not NULL, gets 1 when
 * the lock's last holder had died as it was taken again, else 0.
 * Owner: owner_died is the caller's. Threads: any. Fork: works in children.
 * Blocks: for a notification to timeout_ns, see interrupt.h; then for the lock, without limit.
 * Errors: BP_TIMEOUT (not notified in time; the lock is held), BP_INTERRUPTED (the lock is held),
 * BP_STATE ("must acquire() condition before using wait()"), BP_INVALID (condition, owner_token,
 * timeout_ns). */
BP_API bp_status bp_condition_wait(bp_condition* condition, uint64_t owner_token,
                                   int64_t timeout_ns, bp_interrupt* interrupt, int32_t* owner_died,
                                   bp_error** error);

/* Waits until predicate(context) is not 0; asked first, and after each notification, with the lock held
 * (SYNC-45). `value`, when not NULL, gets its last answer.
 * Owner: value is the caller's. Threads: any; the predicate runs on the calling one. Fork: works in
 * children. Blocks: to timeout_ns over all, see interrupt.h; then for the lock, without limit.
 * Errors: BP_TIMEOUT (the answer stayed 0), BP_INTERRUPTED, BP_STATE, BP_INVALID (condition,
 * owner_token, predicate, timeout_ns). The lock is held in every case but BP_STATE and BP_INVALID. */
BP_API bp_status bp_condition_wait_for(bp_condition* condition, uint64_t owner_token,
                                       bp_predicate_fn predicate, void* context, int64_t timeout_ns,
                                       bp_interrupt* interrupt, int32_t* value, bp_error** error);

/* Wakes up to `count` waiters, those that wait longest (SYNC-43); those that come later are not meant.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE ("lock is not owned"), BP_INVALID (condition, owner_token, count below 1). */
BP_API bp_status bp_condition_notify(bp_condition* condition, uint64_t owner_token, int64_t count,
                                     bp_error** error);

/* Wakes all waiters.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE ("lock is not owned"), BP_INVALID (condition, owner_token). */
BP_API bp_status bp_condition_notify_all(bp_condition* condition, uint64_t owner_token,
                                         bp_error** error);

/* Living waiters that are not notified yet; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_condition_waiters(const bp_condition* condition);

/* Writes "<Condition(<RLock(None, 0)>, 0)>": its lock, and the number of waiters (SYNC-46). `self` as in
 * bp_rlock_describe; returns and cuts as bp_lock_describe.
 * Owner: `text` is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_condition_describe(const bp_condition* condition, uint64_t owner_token,
                                    const char* self, char* text, size_t capacity);

/* A handle to its lock, when that is an RLock; the same object for every process.
 * Owner: *out is the caller's, ended with bp_rlock_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_NOT_FOUND (it is a bp_lock), BP_INVALID (condition, out), BP_NOMEM. */
BP_API bp_status bp_condition_get_rlock(bp_condition* condition, bp_rlock** out, bp_error** error);

/* The same for a lock that is a bp_lock.
 * Owner: *out is the caller's, ended with bp_lock_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_NOT_FOUND (it is an RLock), BP_INVALID (condition, out), BP_NOMEM. */
BP_API bp_status bp_condition_get_lock(bp_condition* condition, bp_lock** out, bp_error** error);

/* Frees the handle; the condition goes with the last process that has it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it, and no bp_waiter,
 * under way. Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_condition_release(bp_condition* condition);

/* A wait in steps, for a runtime that must hold a lock of its own whenever something changes hands:
 *
 *   bp_condition_begin_wait(c, token, &w, &error);                without blocking
 *   bp_waiter_wait(w, timeout, interrupt, &error);                waits only; as often as it takes
 *   while (bp_waiter_end(w, 0, NULL, &notified, &error) == BP_TIMEOUT)
 *     bp_waiter_wait_lock(w, timeout, interrupt, &error);         waits only
 *   bp_waiter_release(w);
 *
 * begin_wait enrols the caller and gives the lock back completely.
 * Owner: the condition must outlive *out, which is the caller's, ended with bp_waiter_release.
 * Threads: any. Fork: a waiter belongs to the process that made it. Blocks: never.
 * Errors: BP_STATE ("must acquire() condition before using wait()"), BP_INVALID (condition,
 * owner_token, out), BP_NOMEM. */
BP_API bp_status bp_condition_begin_wait(bp_condition* condition, uint64_t owner_token,
                                         bp_waiter** out, bp_error** error);

/* Waits to be notified: BP_OK. Any other outcome leaves it enrolled.
 * Owner: borrows. Threads: one at a time. Fork: see begin_wait.
 * Blocks: to timeout_ns, see interrupt.h. Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_FORKED, BP_INVALID
 * (waiter, timeout_ns). */
BP_API bp_status bp_waiter_wait(bp_waiter* waiter, int64_t timeout_ns, bp_interrupt* interrupt,
                                bp_error** error);

/* Ends the wait, then takes the lock again as often as it was held: BP_OK, or BP_OWNER_DIED. The first
 * call decides whether it was notified, which *notified tells (when not NULL): 1 or 0.
 * Owner: notified is the caller's. Threads: one at a time. Fork: see begin_wait.
 * Blocks: for the lock, to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT and BP_INTERRUPTED (the lock is not held: call again), BP_STATE (it was taken
 * already), BP_FORKED, BP_INVALID (waiter, timeout_ns). */
BP_API bp_status bp_waiter_end(bp_waiter* waiter, int64_t timeout_ns, bp_interrupt* interrupt,
                               int32_t* notified, bp_error** error);

/* The wait-only twin of end: BP_OK when the lock could be taken.
 * Owner: borrows. Threads: one at a time. Fork: see begin_wait.
 * Blocks: to timeout_ns, see interrupt.h. Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_FORKED, BP_INVALID
 * (waiter, timeout_ns). */
BP_API bp_status bp_waiter_wait_lock(bp_waiter* waiter, int64_t timeout_ns, bp_interrupt* interrupt,
                                     bp_error** error);

/* Frees it. One that was not ended is withdrawn without touching the lock; a notification that it had
 * goes to another that waited when it was given, as if this one had died.
 * Owner: takes the waiter; NULL is ignored. Threads: any one, with no other call on it under way.
 * Fork: frees the child's copy only. Blocks: never. Errors: none. */
BP_API void bp_waiter_release(bp_waiter* waiter);

BP_END_C

#endif /* BILLIARD_CONDITION_H_ */
