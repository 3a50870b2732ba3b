/* A queue of messages between any number of processes and threads, in any language.
 *
 * put has done its work when it returns: the message is in shared memory, there is no feeder thread,
 * and the process may exit (G-QUEUE-4). Each message comes out once, whole, in the order of the puts.
 * A process killed at any instruction loses at most its own unfinished put, or the message that it was
 * just taking (at most once delivery; counted by bp_queue_lost).
 *
 * Anonymous queues are shared by fork. Named queues are opened by name, by any process of the same
 * user; the name goes away with the last process that has the queue open, and what killed processes
 * left behind is cleared when its name is opened or any other queue is made. A queue works on both
 * sides of any fork. */
#ifndef BILLIARD_QUEUE_H_
#define BILLIARD_QUEUE_H_

#include "billiard/interrupt.h"

typedef struct bp_queue bp_queue;

typedef struct bp_queue_options {
  size_t size;          /* sizeof(bp_queue_options) */
  uint32_t capacity;    /* messages; 0: 1,048,576, the largest */
  uint64_t max_message; /* bytes; 0: 1 GiB */
  uint64_t max_bytes;   /* shared memory that the queue may use; 0: 64 GiB of address space */
} bp_queue_options;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_queue_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_queue_options_init(bp_queue_options* options, size_t size);

/* Makes an anonymous queue.
 * Owner: *out is the caller's, ended with bp_queue_release. Threads: any. Fork: works in children.
 * Blocks: never. Errors: BP_INVALID (out, options), BP_NOMEM, BP_OS. */
BP_API bp_status bp_queue_create(const bp_queue_options* options, bp_queue** out, bp_error** error);

/* Opens the queue `name` (1 to 200 bytes, no '/'), making it with `options` when no living process has
 * it. An existing queue keeps its own capacity and limits.
 * Owner: name is copied; *out is the caller's, ended with bp_queue_release. Threads: any.
 * Fork: works in children. Blocks: only while another process is making the same queue.
 * Errors: BP_INVALID (name, options, out), BP_CORRUPT (foreign, truncated or other version under that
 * name), BP_NOMEM, BP_OS. */
BP_API bp_status bp_queue_open(const char* name, const bp_queue_options* options, bp_queue** out,
                               bp_error** error);

/* Puts a copy of `size` bytes as one message.
 * Owner: bytes are copied. Threads: any. Fork: works in children.
 * Blocks: while the queue is full, to timeout_ns, see interrupt.h.
 * Errors: BP_FULL (no place in time), BP_CLOSED, BP_INTERRUPTED, BP_TOO_LARGE (queue unaffected),
 * BP_NOMEM, BP_INVALID (queue, data, timeout_ns). */
BP_API bp_status bp_queue_put(bp_queue* queue, const void* data, size_t size, uint32_t format,
                              int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error);

/* Takes the oldest message.
 * Owner: *out is the caller's, ended with bp_buffer_free. Threads: any. Fork: works in children.
 * Blocks: while the queue is empty, to timeout_ns, see interrupt.h.
 * Errors: BP_EMPTY (none in time), BP_CLOSED, BP_INTERRUPTED, BP_NOMEM (nothing is taken),
 * BP_INVALID (queue, timeout_ns, out). */
BP_API bp_status bp_queue_get(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                              bp_buffer* out, bp_error** error);

/* The wait-only twin of get: BP_OK when there is a message; takes nothing (another taker may be first).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_EMPTY, BP_CLOSED, BP_INTERRUPTED, BP_INVALID. */
BP_API bp_status bp_queue_wait_get(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                                   bp_error** error);

/* The wait-only twin of put: BP_OK when there is a free place; takes nothing.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_FULL, BP_CLOSED, BP_INTERRUPTED, BP_INVALID. */
BP_API bp_status bp_queue_wait_put(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                                   bp_error** error);

/* Messages put and not yet taken; 0 for NULL. Exact while nobody puts or takes (QUEUE-9).
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_queue_size(const bp_queue* queue);

/* The largest number of messages; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_queue_capacity(const bp_queue* queue);

/* Messages that were lost with a process killed in the middle of taking them; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_queue_lost(const bp_queue* queue);

/* Closes this handle: its later calls, and its waits under way, return BP_CLOSED (QUEUE-4, QUEUE-7).
 * Messages stay for the others. Idempotent.
 * Owner: borrows; NULL is ignored. Threads: any. Fork: this process's handle only. Blocks: never.
 * Errors: none. */
BP_API void bp_queue_close(bp_queue* queue);

/* Closes the queue for everybody: puts return BP_CLOSED everywhere; gets do too once it is empty, and
 * all waits end (G-QUEUE-10). Idempotent.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: BP_INVALID (queue). */
BP_API bp_status bp_queue_close_all(bp_queue* queue, bp_error** error);

/* Closes and frees the handle. The name goes with the last process that has it open.
 * Owner: takes the queue; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_queue_release(bp_queue* queue);

BP_END_C

#endif /* BILLIARD_QUEUE_H_ */
