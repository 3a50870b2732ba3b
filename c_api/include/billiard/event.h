/* A flag that processes and threads wait for.
 *
 * Setting it never waits for anybody (G-SYNC-2), and lets everybody go who was waiting at that moment,
 * even when it is cleared at once (SYNC-52). See object.h for options, ids, names and forks. */
#ifndef BILLIARD_EVENT_H_
#define BILLIARD_EVENT_H_

#include "billiard/interrupt.h"
#include "billiard/object.h"

typedef struct bp_event bp_event;

BP_BEGIN_C

/* Makes an event that is clear, or opens the named one.
 * Owner: *out is the caller's, ended with bp_event_release. Threads: any. Fork: works in children.
 * Blocks: only while another process is making the same name.
 * Errors: BP_INVALID (options, out), BP_CORRUPT, BP_NOMEM, BP_OS. */
BP_API bp_status bp_event_create(const bp_object_options* options, bp_event** out,
                                 bp_error** error);

/* The event `id` of a segment; NULL: of the default one.
 * Owner: *out is the caller's, ended with bp_event_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, or id names another kind of object), BP_NOT_FOUND, BP_NOMEM,
 * BP_OS. */
BP_API bp_status bp_event_attach(bp_segment* segment, uint64_t id, bp_event** out,
                                 bp_error** error);

/* Names the event in its segment; 0 for NULL and for a named one.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_event_id(const bp_event* event);

/* Sets it; idempotent (SYNC-50). Async-signal-safe once this process has used the event (SYNC-53).
 * Owner: borrows. Threads: any, also a signal handler. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (event), BP_STATE. */
BP_API bp_status bp_event_set(bp_event* event, bp_error** error);

/* Clears it; idempotent.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (event), BP_STATE. */
BP_API bp_status bp_event_clear(bp_event* event, bp_error** error);

/* 1 when set, else 0; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int bp_event_is_set(const bp_event* event);

/* Waits until it is set (SYNC-51); takes nothing.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (event, timeout_ns), BP_STATE. */
BP_API bp_status bp_event_wait(bp_event* event, int64_t timeout_ns, bp_interrupt* interrupt,
                               bp_error** error);

/* How often it was set while it was clear; 0 for NULL. For one wait in several calls:
 *   uint64_t times_set = bp_event_times_set(event);
 *   do status = bp_event_wait_since(event, times_set, slice, ...); while (status == BP_TIMEOUT);
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_event_times_set(const bp_event* event);

/* As wait, but also BP_OK when it was set since it had been set so often, and cleared again.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_INVALID (event, timeout_ns), BP_STATE. */
BP_API bp_status bp_event_wait_since(bp_event* event, uint64_t times_set, int64_t timeout_ns,
                                     bp_interrupt* interrupt, bp_error** error);

/* Frees the handle; the event goes with the last process that has it.
 * Owner: takes the handle; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_event_release(bp_event* event);

BP_END_C

#endif /* BILLIARD_EVENT_H_ */
