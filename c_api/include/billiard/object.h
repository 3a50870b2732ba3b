/* What all objects in shared memory have in common: lock.h, rlock.h, semaphore.h, condition.h,
 * event.h, barrier.h, value.h, array.h, memory.h.
 *
 * Making      bp_X_create(..., options, &x, &error); x is NULL when it fails. Without a name, a new
 *             object in options->segment or the default segment. With a name, the object of that name
 *             and kind, made when no living process has it; it has a segment of its own, only
 *             processes of the same user can open it, and the name goes away with the last of them
 *             (what processes killed together left is removed when its name is opened or another one
 *             is made). An existing one keeps what it holds (a semaphore's value) and how it was made
 *             (BP_FIFO, a barrier's default timeout); where it has another type, length, bound or
 *             number of parties than was asked for, the call fails with BP_EXISTS. Each kind has names
 *             of its own; plain, bounded and tracked semaphores are three kinds.
 * Handing     bp_X_id(x) is a number that names an anonymous object within its segment, for ever: a
 *             process that has the segment turns it into a handle with bp_X_attach. The id of an
 *             object that is gone is BP_NOT_FOUND, one of another kind is BP_INVALID, and an id is
 *             never given to two objects. Ids are below 2^63. A named object has no id (0).
 * Forks       A handle works in every child made by any fork, also when the parent releases its own
 *             first: each process has its own hold on the object. Releasing frees this process's.
 * Ends        The object is freed with its last hold. The holds of a process that died are dropped;
 *             its death at any instruction never damages an object or keeps others waiting.
 * Misuse      BP_STATE with "the object is gone" where a child of a raw clone comes too late.
 */
#ifndef BILLIARD_OBJECT_H_
#define BILLIARD_OBJECT_H_

#include "billiard/segment.h"

/* Wishes in bp_object_options.flags. One that the kind does not know is BP_INVALID. */
typedef enum bp_object_flag {
  BP_FIFO = 1,    /* lock: waiters get it in the order in which they came (G-SYNC-9); slower */
  BP_TRACKED = 2, /* semaphore: who holds units is noted; units of the dead come back (G-SYNC-5) */
  BP_NO_LOCK = 4, /* value, array: raw, without a lock (SHM-20) */
  BP_WRAP = 8     /* value, array: integers out of range wrap modulo 2^n instead of BP_INVALID */
} bp_object_flag;

typedef struct bp_object_options {
  size_t size;            /* sizeof(bp_object_options) */
  bp_segment* segment;    /* where it lives; NULL: the default segment. Not together with a name */
  const char* name;       /* 1 to 200 bytes, no '/'; NULL: anonymous */
  uint32_t flags;         /* bp_object_flag, ored */
  struct bp_lock* lock;   /* condition, value, array: the lock to use, of the same segment */
  struct bp_rlock* rlock; /* ... or this one; both NULL: a new RLock. Not together with a name */
} bp_object_options;

/* Who holds a lock, as a look at it shows. */
typedef enum bp_held_by {
  BP_HELD_BY_NOBODY = 0,
  BP_HELD_BY_CALLER = 1, /* Lock: this process. RLock: the given owner of this process */
  BP_HELD_BY_THREAD = 2, /* RLock: another owner of this process */
  BP_HELD_BY_PROCESS = 3,
  BP_HELD_BY_DEAD = 4 /* a process that has ended: the next acquire gets BP_OWNER_DIED */
} bp_held_by;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_object_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_object_options_init(bp_object_options* options, size_t size);

BP_END_C

#endif /* BILLIARD_OBJECT_H_ */
