/* Functions that this process runs when it ends, and that its forked children run when they begin
 * (UTIL-60 to UTIL-69).
 *
 * At the end of a process - exit(), or the return of a process object's function - the steps are: finalizers
 * of priority 0 and more; daemonic children are asked to end; all children are waited for; the other
 * finalizers. The highest priority runs first, of equals the newest. A process that is killed, or leaves by
 * _exit, runs nothing. */
#ifndef BILLIARD_FINALIZER_H_
#define BILLIARD_FINALIZER_H_

#include "billiard/error.h"

typedef struct bp_finalizer bp_finalizer;

/* Not 0: it failed, which is reported on stderr at exit and stops nothing. */
typedef int32_t (*bp_finalizer_fn)(void* context);

typedef struct bp_finalizer_options {
  size_t size;          /* sizeof(bp_finalizer_options) */
  int32_t has_priority; /* 1: runs at exit, in the order of `priority` */
  int32_t priority;
  int32_t owned; /* 1: the handle is the owner: releasing it runs the function */
} bp_finalizer_options;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_finalizer_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_finalizer_options_init(bp_finalizer_options* options, size_t size);

/* Registers a function that runs at most once, in this process alone. Without owner it needs a priority.
 * Owner: `context` must outlive it; *out is the caller's, ended with bp_finalizer_release. Threads: any.
 * Fork: a child has none. Blocks: never.
 * Errors: BP_INVALID (function, out, options: neither owned nor with a priority). */
BP_API bp_status bp_finalizer_create(bp_finalizer_fn function, void* context,
                                     const bp_finalizer_options* options, bp_finalizer** out,
                                     bp_error** error);

/* Runs it now, unless it has run or was cancelled: 1, and its value in *value (which may be NULL); else 0.
 * Owner: borrows; NULL gives 0. Threads: any; one caller runs it. Fork: 0 in a child.
 * Blocks: as the function. Errors: none. */
BP_API int32_t bp_finalizer_run(bp_finalizer* finalizer, int32_t* value);

/* It will not run. Owner: borrows; NULL is ignored. Threads: any. Fork: nothing in a child. Blocks: never.
 * Errors: none. */
BP_API void bp_finalizer_cancel(bp_finalizer* finalizer);

/* 1 while it may still run, else 0.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: 0 in a child. Blocks: never. Errors: none. */
BP_API int32_t bp_finalizer_is_active(const bp_finalizer* finalizer);

/* Frees the handle. With options.owned the function runs now, unless it has; without it runs at exit.
 * Owner: takes the finalizer; NULL is ignored. Threads: one. Fork: frees the child's copy.
 * Blocks: as the function, when owned. Errors: none. */
BP_API void bp_finalizer_release(bp_finalizer* finalizer);

/* Has every forked child of this library's process objects, and of its fork server, run the function before
 * anything else, in the order of registration.
 * Owner: `context` must outlive this process. Threads: any. Fork: inherited. Blocks: never.
 * Errors: BP_INVALID (function). */
BP_API bp_status bp_after_fork(bp_finalizer_fn function, void* context, bp_error** error);

BP_END_C

#endif /* BILLIARD_FINALIZER_H_ */
