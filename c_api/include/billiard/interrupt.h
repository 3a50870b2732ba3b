/* A token that ends a wait early. Every call that blocks takes one (or NULL).
 *
 * Raised once, a token ends the wait it was given to and every later one, at once, with
 * BP_INTERRUPTED, until it is reset: a Ctrl-C between two calls is never missed. One token may be
 * given to any number of waits at a time. A wait that can be satisfied without waiting succeeds even
 * when the token is raised. */
#ifndef BILLIARD_INTERRUPT_H_
#define BILLIARD_INTERRUPT_H_

#include "billiard/error.h"

typedef struct bp_interrupt bp_interrupt;

BP_BEGIN_C

/* Makes a token that is not raised.
 * Owner: *out is the caller's, ended with bp_interrupt_release. Threads: any.
 * Fork: a forked child has its own copy, which interrupts the child's waits only. Blocks: never.
 * Errors: BP_INVALID (out is NULL), BP_NOMEM. */
BP_API bp_status bp_interrupt_create(bp_interrupt** out, bp_error** error);

/* Raises the token: its waits end. Async-signal-safe; errno is kept.
 * Owner: borrows; NULL is ignored. Threads: any, also a signal handler. Fork: see create.
 * Blocks: never. Errors: none. */
BP_API void bp_interrupt_raise(bp_interrupt* interrupt);

/* Lowers the token, so that it can be used again.
 * Owner: borrows; NULL is ignored. Threads: any. Fork: see create. Blocks: never. Errors: none. */
BP_API void bp_interrupt_reset(bp_interrupt* interrupt);

/* 1 when raised, else 0.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: see create. Blocks: never. Errors: none. */
BP_API int bp_interrupt_is_raised(const bp_interrupt* interrupt);

/* Frees a token that no wait uses any more.
 * Owner: takes the token; NULL is ignored. Threads: one. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_interrupt_release(bp_interrupt* interrupt);

BP_END_C

#endif /* BILLIARD_INTERRUPT_H_ */
