/* Pipes and connections: streams of whole messages between two processes, also on different machines
 * (listener.h).
 *
 * On the wire a message is its length, four bytes, signed and big-endian, and then its bytes (CONN-20).
 * What a call could not finish, for a timeout, an interrupt or a non-blocking end, is kept inside the
 * connection: nothing is lost or sent twice, and the stream never gets out of step (G-CONN-1, G-CONN-2).
 * A peer that announces a length below 0 or above the limit has its connection closed, and no memory is
 * taken for bytes that have not come (G-CONN-3). SIGPIPE is never raised.
 *
 * The bytes are the caller's: nothing here decodes them. An AF_UNIX connection carries descriptors too.
 *
 * A connection works on both sides of a fork, but two processes must not use the same end at the same
 * time; threads of one process may. */
#ifndef BILLIARD_CONNECTION_H_
#define BILLIARD_CONNECTION_H_

#include "billiard/interrupt.h"

typedef struct bp_connection bp_connection;

/* The longest message that a connection can be made to carry. */
#define BP_MESSAGE_MAX ((uint32_t)2147483647)

/* As many descriptors go with one message at most. */
#define BP_PASSED_MAX 64

typedef struct bp_pipe_options {
  size_t size;                 /* sizeof(bp_pipe_options) */
  uint32_t one_way;            /* 1: the first end receives, the second sends; 0: both do both */
  uint32_t first_nonblocking;  /* 1: see bp_connection_set_blocking */
  uint32_t second_nonblocking; /* 1: see bp_connection_set_blocking */
  uint32_t max_message;        /* bytes, either way; 0: 256 MiB; at most BP_MESSAGE_MAX */
} bp_pipe_options;

typedef struct bp_connection_options {
  size_t size;          /* sizeof(bp_connection_options) */
  uint32_t no_read;     /* 1: only sends */
  uint32_t no_write;    /* 1: only receives */
  uint32_t nonblocking; /* 1: see bp_connection_set_blocking */
  uint32_t max_message; /* bytes, either way; 0: 256 MiB; at most BP_MESSAGE_MAX */
} bp_connection_options;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_pipe_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_pipe_options_init(bp_pipe_options* options, size_t size);

/* Sets all fields to their defaults; `size` must be sizeof(bp_connection_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_connection_options_init(bp_connection_options* options, size_t size);

/* Makes two connected ends (CONN-1). Their descriptors are close-on-exec.
 * Owner: both are the caller's, ended with bp_connection_release; both NULL when it fails. Threads: any.
 * Fork: works in children. Blocks: never. Errors: BP_INVALID (first, second, options), BP_NOMEM, BP_OS. */
BP_API bp_status bp_pipe_create(const bp_pipe_options* options, bp_connection** first,
                                bp_connection** second, bp_error** error);

/* A connection of a descriptor: a stream socket, or an end of a pipe (CONN-11).
 * Owner: takes fd when it succeeds; *out is the caller's, ended with bp_connection_release. Threads: any.
 * Fork: works in children. Blocks: never. Errors: BP_INVALID (fd: is not open or carries no stream;
 * options, out), BP_NOMEM, BP_OS. */
BP_API bp_status bp_connection_from_fd(int fd, const bp_connection_options* options,
                                       bp_connection** out, bp_error** error);

/* Sends one message; an empty one is a message too. BP_PENDING: accepted, and its rest is kept until it
 * goes out with bp_connection_flush, or before the next message. On any failure nothing of it is sent.
 * Owner: bytes are copied where they are kept. Threads: any. Fork: works in children.
 * Blocks: while there is no room, to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_AGAIN (a non-blocking end has no room), BP_INTERRUPTED, BP_CLOSED, BP_STATE
 * (it only receives), BP_TOO_LARGE, BP_NOMEM, BP_INVALID (connection, data, timeout_ns), BP_OS (EPIPE:
 * the other side has gone). */
BP_API bp_status bp_connection_send(bp_connection* connection, const void* data, size_t size,
                                    int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error);

/* Sends data[offset, offset + count) of `size` bytes as one message; count -1: to the end (CONN-15).
 * Owner: as send. Threads: any. Fork: works in children. Blocks: as send.
 * Errors: BP_INVALID (offset is negative or beyond the end; count is below -1 or reaches beyond it), and
 * as send. */
BP_API bp_status bp_connection_send_slice(bp_connection* connection, const void* data, size_t size,
                                          int64_t offset, int64_t count, int64_t timeout_ns,
                                          bp_interrupt* interrupt, bp_error** error);

/* Sends one message, and other descriptors for the files of these (CONN-80).
 * Owner: bytes as send; the descriptors stay the caller's. Threads: any. Fork: works in children.
 * Blocks: as send. Errors: as send; BP_INVALID (fds, fd_count: above BP_PASSED_MAX), BP_STATE (it is no
 * AF_UNIX connection). */
BP_API bp_status bp_connection_send_fds(bp_connection* connection, const void* data, size_t size,
                                        const int* fds, size_t fd_count, int64_t timeout_ns,
                                        bp_interrupt* interrupt, bp_error** error);

/* Sends the rest of a message that is pending.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: as send. Errors: as send. */
BP_API bp_status bp_connection_flush(bp_connection* connection, int64_t timeout_ns,
                                     bp_interrupt* interrupt, bp_error** error);

/* Bytes that are pending; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_connection_pending(const bp_connection* connection);

/* Writes bytes as they are, in one write, for a peer that speaks something else (CONN-25). *written may be
 * less than `size`.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_AGAIN (no room), BP_STATE (a message is pending, or it only receives), BP_CLOSED, BP_INVALID
 * (connection, data, written), BP_TIMEOUT (another thread is sending), BP_OS. */
BP_API bp_status bp_connection_send_raw(bp_connection* connection, const void* data, size_t size,
                                        size_t* written, bp_error** error);

/* Receives one message. A max_length of -1 leaves it at the connection's own limit; a longer message than
 * max_length ends receiving: a connection that also sends still does, another is closed (CONN-16).
 * Owner: *out is the caller's, ended with bp_buffer_free. Threads: any. Fork: works in children.
 * Blocks: until the whole message has come, to timeout_ns, see interrupt.h; what has come is kept.
 * Errors: BP_TIMEOUT, BP_AGAIN (a non-blocking end has no whole message), BP_INTERRUPTED,
 * BP_END_OF_STREAM (the other side has closed, between two messages), BP_OS (it closed or was lost inside
 * one), BP_TOO_LARGE, BP_CORRUPT (a length below 0), BP_CLOSED, BP_STATE (it only sends), BP_NOMEM,
 * BP_INVALID (connection, max_length, timeout_ns, out). */
BP_API bp_status bp_connection_recv(bp_connection* connection, int64_t max_length,
                                    int64_t timeout_ns, bp_interrupt* interrupt, bp_buffer* out,
                                    bp_error** error);

/* Receives one message into buffer[offset, size): *received bytes of it. One that is too long for that is
 * handed over in *whole, and the connection goes on (CONN-17).
 * Owner: *whole is the caller's, ended with bp_buffer_free, and empty but for BP_TOO_SHORT. Threads: any.
 * Fork: works in children. Blocks: as recv. Errors: BP_TOO_SHORT, BP_INVALID (buffer, offset: negative or
 * above size; received, whole), and as recv. */
BP_API bp_status bp_connection_recv_into(bp_connection* connection, void* buffer, size_t size,
                                         int64_t offset, int64_t timeout_ns,
                                         bp_interrupt* interrupt, size_t* received,
                                         bp_buffer* whole, bp_error** error);

/* Receives one message with the descriptors that came with it, close-on-exec: *fd_count of them. When
 * there are more than `capacity` all are closed, and the message is in *out all the same.
 * Owner: *out and fds[0 .. *fd_count) are the caller's. Threads: any. Fork: works in children.
 * Blocks: as recv. Errors: BP_TOO_SHORT (capacity), BP_INVALID (fds, fd_count), and as recv. */
BP_API bp_status bp_connection_recv_fds(bp_connection* connection, int* fds, size_t capacity,
                                        size_t* fd_count, int64_t timeout_ns,
                                        bp_interrupt* interrupt, bp_buffer* out, bp_error** error);

/* Sends another reference to `passed`, with its direction and flags, to the other side (CONN-83). It stays
 * open here.
 * Owner: borrows both. Threads: any. Fork: works in children. Blocks: as send. Errors: as send_fds;
 * BP_INVALID (passed), BP_CLOSED (either), BP_STATE (a message is pending on `passed`). */
BP_API bp_status bp_connection_send_connection(bp_connection* connection,
                                               const bp_connection* passed, int64_t timeout_ns,
                                               bp_interrupt* interrupt, bp_error** error);

/* Receives what send_connection sent.
 * Owner: *out is the caller's, ended with bp_connection_release. Threads: any. Fork: works in children.
 * Blocks: as recv. Errors: BP_CORRUPT (the message is no connection), and as recv. */
BP_API bp_status bp_connection_recv_connection(bp_connection* connection, int64_t timeout_ns,
                                               bp_interrupt* interrupt, bp_connection** out,
                                               bp_error** error);

/* *ready is 1 when there is something to read, also when that is the other side's end; 0 when nothing came
 * in time. The wait-only twin of recv, which may still have to wait for the rest of a message.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h, also on
 * a non-blocking end. Errors: BP_INTERRUPTED, BP_CLOSED, BP_STATE (it only sends), BP_INVALID (connection,
 * timeout_ns, ready), BP_OS. */
BP_API bp_status bp_connection_poll(bp_connection* connection, int64_t timeout_ns,
                                    bp_interrupt* interrupt, int* ready, bp_error** error);

/* *ready is 1 when there is room to send, or the other side has gone. The wait-only twin of send and flush.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: as poll. Errors: as poll; BP_STATE (it
 * only receives). */
BP_API bp_status bp_connection_poll_send(bp_connection* connection, int64_t timeout_ns,
                                         bp_interrupt* interrupt, int* ready, bp_error** error);

/* 1: sends and receives wait, as their timeouts say; 0: they never do, and fail with BP_AGAIN (EAGAIN). The
 * descriptor's own flags are left alone.
 * Owner: borrows; NULL is ignored. Threads: any. Fork: this process's handle only. Blocks: never.
 * Errors: none. */
BP_API void bp_connection_set_blocking(bp_connection* connection, int blocking);

/* 1 or 0; 0 for NULL. A connection that lost its readability (CONN-16) says so.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int bp_connection_readable(const bp_connection* connection);

/* 1 or 0; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int bp_connection_writable(const bp_connection* connection);

/* 1 when it is closed; 1 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API int bp_connection_closed(const bp_connection* connection);

/* The connection's descriptor, to be polled or waited for: it is readable when poll would say so.
 * Owner: *fd stays the connection's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_CLOSED, BP_INVALID (connection, fd). */
BP_API bp_status bp_connection_fd(const bp_connection* connection, int* fd, bp_error** error);

/* Keeps a duplicate of a descriptor and gives a ticket for it, a line of text that may go through a queue, a
 * job or a file to any process of the same user, which claims it, once (CONN-81). The first call starts a
 * thread of the library that serves claims, with all signals blocked (CONN-82). A forked child drops what its
 * parent shares.
 * Owner: fd stays the caller's; *ticket is the caller's, ended with bp_buffer_free. Threads: any.
 * Fork: works in children, for their own. Blocks: never. Errors: BP_INVALID (fd, ticket), BP_NOMEM, BP_OS. */
BP_API bp_status bp_fd_share(int fd, bp_buffer* ticket, bp_error** error);

/* Claims the descriptor of a ticket: another one for the same file, close-on-exec.
 * Owner: *fd is the caller's. Threads: any. Fork: works in children.
 * Blocks: until its process has answered, to timeout_ns, see interrupt.h.
 * Errors: BP_NOT_FOUND (claimed already, or its process has gone or stopped sharing), BP_INVALID (ticket, fd,
 * timeout_ns), BP_AUTHENTICATION (the ticket is forged), BP_TIMEOUT, BP_INTERRUPTED, BP_NOMEM, BP_OS. */
BP_API bp_status bp_fd_claim(const void* ticket, size_t size, int64_t timeout_ns,
                             bp_interrupt* interrupt, int* fd, bp_error** error);

/* Ends the thread, and closes what was not claimed. Another bp_fd_share starts anew. Happens at exit.
 * Owner: nothing. Threads: any. Fork: a child's own. Blocks: until the thread has ended, to timeout_ns.
 * Errors: BP_TIMEOUT (it serves a claim still, and ends after that), BP_INVALID (timeout_ns). */
BP_API bp_status bp_fd_sharing_stop(int64_t timeout_ns, bp_error** error);

/* Proves that the other side has the same key, as the first half of a listener's handshake (CONN-60).
 * Owner: the key is borrowed. Threads: one at a time per connection. Fork: works in children.
 * Blocks: to timeout_ns for all of it, see interrupt.h.
 * Errors: BP_AUTHENTICATION, BP_INVALID (connection; key: is empty; timeout_ns), and those of send and
 * recv. */
BP_API bp_status bp_connection_deliver_challenge(bp_connection* connection, const void* key,
                                                 size_t key_size, int64_t timeout_ns,
                                                 bp_interrupt* interrupt, bp_error** error);

/* Proves to the other side, which delivers a challenge, that this one has the same key (CONN-61).
 * Owner: the key is borrowed. Threads: one at a time per connection. Fork: works in children.
 * Blocks: as deliver_challenge. Errors: as deliver_challenge. */
BP_API bp_status bp_connection_answer_challenge(bp_connection* connection, const void* key,
                                                size_t key_size, int64_t timeout_ns,
                                                bp_interrupt* interrupt, bp_error** error);

/* Waits until one of `count` descriptors can be read, has ended or hung up: of connections, listeners,
 * processes (a pidfd, when its process has ended), or any others. ready[i] is 1 where fds[i] is; *ready_count
 * of them, 0 when none was in time (CONN-30). One descriptor may be there twice.
 * Owner: the arrays are the caller's. Threads: any. Fork: works in children.
 * Blocks: to timeout_ns, see interrupt.h; also for no descriptor at all.
 * Errors: BP_INTERRUPTED, BP_INVALID (fds: "invalid file descriptor <n>"; ready, ready_count, timeout_ns),
 * BP_OS. */
BP_API bp_status bp_wait_readable(const int* fds, size_t count, int64_t timeout_ns,
                                  bp_interrupt* interrupt, uint8_t* ready, size_t* ready_count,
                                  bp_error** error);

/* One read() of up to `length` bytes into `buffer` of `size` bytes; length 0: of up to `size` (CONN-29).
 * *got is 0 at the end of the file.
 * Owner: borrows. Threads: any. Fork: safe. Blocks: as read() does; a signal does not end it.
 * Errors: BP_INVALID (length: negative or above size; got), BP_OS (EINVAL for an empty buffer, EBADF,
 * EAGAIN). */
BP_API bp_status bp_fd_read(int fd, void* buffer, size_t size, int64_t length, size_t* got,
                            bp_error** error);

/* Closes this process's end: later calls, and those under way, return BP_CLOSED. What is pending is not
 * sent. Idempotent.
 * Owner: borrows; NULL is ignored. Threads: any. Fork: this process's end only. Blocks: never.
 * Errors: none. */
BP_API void bp_connection_close(bp_connection* connection);

/* Closes and frees the connection.
 * Owner: takes it; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's end. Blocks: never. Errors: none. */
BP_API void bp_connection_release(bp_connection* connection);

BP_END_C

#endif /* BILLIARD_CONNECTION_H_ */
