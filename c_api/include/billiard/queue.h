/* A queue of messages between any number of processes and threads, in any language.
 *
 * put has done its work when it returns: the message is in shared memory, there is no feeder thread,
 * and the process may exit (G-QUEUE-4). Each message comes out once, whole, in the order of the puts.
 * A process killed at any instruction loses at most its own unfinished put, or the message that it was
 * just taking (at most once delivery; counted by bp_queue_lost). A queue made with BP_AT_LEAST_ONCE
 * gives such a message to another taker instead.
 *
 * Anonymous queues are shared by fork. Named queues are opened by name, by any process of the same
 * user; the name goes away with the last process that has the queue open, and what killed processes
 * left behind is cleared when its name is opened or any other queue is made. A queue works on both
 * sides of any fork. */
#ifndef BILLIARD_QUEUE_H_
#define BILLIARD_QUEUE_H_

#include "billiard/interrupt.h"

typedef struct bp_queue bp_queue;

/* A message that was taken and lies in shared memory still. */
typedef struct bp_message bp_message;

/* Memory inside the queue for a message that is to be written in place. */
typedef struct bp_reservation bp_reservation;

/* What becomes of a message whose taker dies before it is done with it. */
typedef enum bp_delivery {
  BP_AT_MOST_ONCE = 0, /* it is gone, and counted by bp_queue_lost */
  BP_AT_LEAST_ONCE = 1 /* it goes back to the queue, before newer ones */
} bp_delivery;

/* max_bytes: a message takes a power of two of it, with its header. A put waits for a place, not for
 * memory: when there is none, it fails with BP_NOMEM. */
typedef struct bp_queue_options {
  size_t size;          /* sizeof(bp_queue_options) */
  uint32_t capacity;    /* messages, at most 268,435,456; 0: as many as the memory holds */
  uint64_t max_message; /* bytes; 0: 1 GiB */
  uint64_t max_bytes;   /* shared memory for messages; 0: 64 GiB of address space; see above */
  uint32_t delivery;    /* a bp_delivery */
  uint32_t joinable;    /* 1: unfinished messages are counted, for task_done and join */
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

/* The descriptor of an anonymous queue's memory, for a process that is no fork of this one (options.fds of
 * process.h, bp_fd_share); -1 for NULL and for a named queue, which is opened by its name.
 * Owner: the queue's, valid until its release; close-on-exec. Threads: any. Fork: works in children.
 * Blocks: never. Errors: none. */
BP_API int bp_queue_segment_fd(const bp_queue* queue);

/* Opens the queue whose memory a descriptor is.
 * Owner: fd stays the caller's, who may close it; *out is the caller's, ended with bp_queue_release.
 * Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_INVALID (out; fd: is no open descriptor), BP_CORRUPT (it is no queue's), BP_NOMEM, BP_OS. */
BP_API bp_status bp_queue_attach_fd(int fd, bp_queue** out, bp_error** error);

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

/* Puts copies of `count` messages, one after the other (others may come in between), and wakes takers
 * once. *done says how many are in, also when the call fails: these stay.
 * Owner: bytes are copied. Threads: any. Fork: works in children.
 * Blocks: while the queue is full, to timeout_ns for the whole batch, see interrupt.h.
 * Errors: BP_FULL, BP_CLOSED, BP_INTERRUPTED, BP_TOO_LARGE (nothing is put), BP_NOMEM,
 * BP_INVALID (queue, messages, timeout_ns, done). */
BP_API bp_status bp_queue_put_batch(bp_queue* queue, const bp_view* messages, size_t count,
                                    int64_t timeout_ns, bp_interrupt* interrupt, size_t* done,
                                    bp_error** error);

/* Waits for a message, then takes up to `capacity` of those that are there, oldest first.
 * Owner: out[0 .. *count) are the caller's, each ended with bp_buffer_free. Threads: any.
 * Fork: works in children. Blocks: while the queue is empty, to timeout_ns, see interrupt.h.
 * Errors: BP_EMPTY (none in time), BP_CLOSED, BP_INTERRUPTED, BP_NOMEM (nothing is taken),
 * BP_INVALID (queue, timeout_ns, out, capacity: is 0, count). */
BP_API bp_status bp_queue_get_batch(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                                    bp_buffer* out, size_t capacity, size_t* count,
                                    bp_error** error);

/* Gives `size` bytes inside the queue's memory, 16-byte aligned, to be filled in place and then
 * committed. Nobody sees them before, and they take no place in the queue.
 * Owner: *out is the caller's, ended with bp_reservation_release; *data lives until the commit or the
 * release. Threads: any. Fork: belongs to the process that made it. Blocks: never.
 * Errors: BP_TOO_LARGE, BP_NOMEM, BP_CLOSED, BP_INVALID (queue, out, data). */
BP_API bp_status bp_queue_reserve(bp_queue* queue, size_t size, bp_reservation** out, void** data,
                                  bp_error** error);

/* Puts the first `size` reserved bytes as one message. Afterwards the reservation is spent and has only
 * to be released; when the call fails it is as it was.
 * Owner: borrows the reservation. Threads: one at a time. Fork: BP_FORKED in a child.
 * Blocks: while the queue is full, to timeout_ns, see interrupt.h.
 * Errors: BP_FULL, BP_CLOSED, BP_INTERRUPTED, BP_STATE (spent), BP_NOMEM,
 * BP_INVALID (reservation, size: more than reserved, timeout_ns). */
BP_API bp_status bp_queue_commit(bp_reservation* reservation, size_t size, uint32_t format,
                                 int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error);

/* The reserved bytes.
 * Owner: as *data of bp_queue_reserve. Threads: one at a time. Fork: any. Blocks: never.
 * Errors: NULL for NULL or a spent one. */
BP_API void* bp_reservation_data(bp_reservation* reservation);

/* Frees the reservation; bytes that were not committed go back to the queue's memory.
 * Owner: takes the reservation; NULL is ignored. Threads: one. Fork: in a child frees only its copy.
 * Blocks: never. Errors: none. */
BP_API void bp_reservation_release(bp_reservation* reservation);

/* Takes the oldest message and leaves it where it is, to be read in place. It is this process's until
 * it is acknowledged or returned; if the process dies before, the queue's delivery decides.
 * Owner: *out is the caller's, ended with bp_message_release. Threads: any.
 * Fork: belongs to the process that took it. Blocks: while the queue is empty, to timeout_ns, see
 * interrupt.h. Errors: BP_EMPTY, BP_CLOSED, BP_INTERRUPTED, BP_NOMEM (nothing is taken),
 * BP_INVALID (queue, timeout_ns, out). */
BP_API bp_status bp_queue_take(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                               bp_message** out, bp_error** error);

/* The message's bytes, in place in shared memory: read them, do not write them; {"", 0} once the
 * message was acknowledged or returned.
 * Owner: live until the message is acknowledged, returned or released. Threads: any.
 * Fork: in a child only while the taker keeps the message. Blocks: never. Errors: none. */
BP_API bp_view bp_message_payload(const bp_message* message);

/* How often the message was delivered before: 0, unless a taker died with it or returned it.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API uint32_t bp_message_redelivered(const bp_message* message);

/* Done with the message: it is gone for good; in a joinable queue it counts as finished.
 * Owner: borrows the message, which has then only to be released. Threads: one at a time.
 * Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_STATE (acknowledged or returned already), BP_INVALID (message). */
BP_API bp_status bp_message_ack(bp_message* message, bp_error** error);

/* Gives the message back: it comes out again, before newer ones.
 * Owner: borrows the message, which has then only to be released. Threads: one at a time.
 * Fork: BP_FORKED in a child. Blocks: never.
 * Errors: BP_STATE (acknowledged or returned already), BP_INVALID (message). */
BP_API bp_status bp_message_return(bp_message* message, bp_error** error);

/* Frees the handle. A message that was neither acknowledged nor returned is returned when the queue
 * delivers at least once, and acknowledged when it delivers at most once.
 * Owner: takes the message; NULL is ignored. May come after the queue's release. Threads: one.
 * Fork: in a child frees only its copy. Blocks: never. Errors: none. */
BP_API void bp_message_release(bp_message* message);

/* One message of a joinable queue is finished: the oldest that this process got with get or get_batch
 * and has not finished; else the oldest of any process, that may have handed its work over; else merely
 * one of the count. Messages of bp_queue_take are finished by bp_message_ack.
 * When a process dies, or releases its handle, with unfinished messages, these count as finished where
 * the queue delivers at most once; at least once, they go back to the queue.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_STATE ("task_done() called too many times"; or the queue is not joinable),
 * BP_INVALID (queue). */
BP_API bp_status bp_queue_task_done(bp_queue* queue, bp_error** error);

/* Waits until every message that was put is finished; BP_OK at once when that is so.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_CLOSED (this handle), BP_STATE (not joinable),
 * BP_INVALID (queue, timeout_ns). */
BP_API bp_status bp_queue_join(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                               bp_error** error);

/* Messages put and not finished; 0 for NULL and for a queue that is not joinable.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_queue_unfinished(const bp_queue* queue);

/* Messages that processes took which are dead by now, and with which nothing has been done yet: what
 * the delivery says happens to them within about a second while somebody waits, or at the next call
 * of bp_queue_lost.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_queue_held_by_dead(const bp_queue* queue);

/* The queue's delivery, a bp_delivery.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API uint32_t bp_queue_delivery(const bp_queue* queue);

/* 1 when the queue is joinable, else 0.
 * Owner: borrows; NULL gives 0. Threads: any. Fork: any. Blocks: never. Errors: none. */
BP_API int bp_queue_joinable(const bp_queue* queue);

/* A file descriptor for poll, epoll, IO.select or a netpoller: readable when there is a message or the
 * queue is closed. It stays so until a get or take of this handle finds the queue empty; so take with
 * timeout 0 until BP_EMPTY, then poll. (Another taker may be first: BP_EMPTY at once is no error.)
 * While it is asked for, one thread of this process waits for messages; others pay nothing for it.
 * Owner: the fd stays the queue's: do not read, write or close it; bp_queue_close_fd or the queue's
 * release ends it. Threads: any. Fork: a child asks for its own. Blocks: never.
 * Errors: BP_CLOSED (this handle), BP_NOMEM, BP_OS, BP_INVALID (queue, fd). */
BP_API bp_status bp_queue_fd(bp_queue* queue, int* fd, bp_error** error);

/* Ends the descriptor and the thread behind it. A later bp_queue_fd makes another.
 * Owner: closes the fd; NULL is ignored. Threads: any. Fork: this process's only.
 * Blocks: for a moment, until the thread has ended. Errors: none. */
BP_API void bp_queue_close_fd(bp_queue* queue);

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

/* The largest number of messages; 0 for NULL. Without a capacity of its own a queue has more places than
 * its memory can fill. Messages that were given back after they had been taken come on top.
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

/* Closes and frees the handle. Messages and reservations of it may be released later, and keep what they
 * need; until then the process takes part. The name goes with the last process that has it open.
 * Owner: takes the queue; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's handle. Blocks: never. Errors: none. */
BP_API void bp_queue_release(bp_queue* queue);

BP_END_C

#endif /* BILLIARD_QUEUE_H_ */
