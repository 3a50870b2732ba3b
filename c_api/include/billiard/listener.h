/* Listeners accept connections at an address; clients connect to it. With a key, both sides prove that
 * they have it, and never send it (HMAC-SHA-256, CONN-62, CONN-63).
 *
 * An address is a text: "/a/path" and "@name" (AF_UNIX, a file or the abstract namespace), "host:7000"
 * and "[::1]:7000" (AF_INET, AF_INET6).
 *
 * A client that is silent, slow or hostile keeps nobody waiting: the handshakes of all clients go on side
 * by side while somebody accepts, each with a time limit, and no more of them than a bound (G-CONN-5). The
 * file of an AF_UNIX socket has mode 0600, and a peer of another user is turned away on either side,
 * unless `any_user` is set; over AF_INET only a key keeps strangers away. */
#ifndef BILLIARD_LISTENER_H_
#define BILLIARD_LISTENER_H_

#include "billiard/connection.h"

typedef struct bp_listener bp_listener;

typedef enum bp_family {
  BP_FAMILY_ANY = 0, /* as the address looks */
  BP_FAMILY_UNIX = 1,
  BP_FAMILY_INET = 2,
  BP_FAMILY_INET6 = 3
} bp_family;

typedef struct bp_listener_options {
  size_t size;                  /* sizeof(bp_listener_options) */
  uint32_t family;              /* a bp_family */
  uint32_t backlog;             /* clients that the system keeps waiting; 0: 128 */
  const void* key;              /* NULL: no authentication */
  size_t key_size;              /* bytes; not 0 when there is a key */
  int64_t handshake_timeout_ns; /* for each client; 0: 20 s; -1: none */
  uint32_t max_pending;         /* handshakes under way; 0: 256 */
  uint32_t any_user;            /* 1: clients of other users too (AF_UNIX) */
  uint32_t max_message;         /* of the connections, see bp_connection_options */
} bp_listener_options;

typedef struct bp_client_options {
  size_t size;           /* sizeof(bp_client_options) */
  uint32_t family;       /* a bp_family */
  uint32_t any_user;     /* 1: a listener of another user will do (AF_UNIX) */
  const void* key;       /* NULL: no authentication */
  size_t key_size;       /* bytes; not 0 when there is a key */
  int64_t time_limit_ns; /* for connecting and the handshake; 0: 20 s; -1: none */
  uint32_t max_message;  /* of the connection, see bp_connection_options */
} bp_client_options;

BP_BEGIN_C

/* Sets all fields to their defaults; `size` must be sizeof(bp_listener_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_listener_options_init(bp_listener_options* options, size_t size);

/* Sets all fields to their defaults; `size` must be sizeof(bp_client_options) of the caller.
 * Owner: the caller's struct. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API void bp_client_options_init(bp_client_options* options, size_t size);

/* Listens at `address`; NULL or "": at any, which is a fresh abstract name, or a free port of localhost
 * (CONN-41). Nothing of an abstract name is left when its process is killed; a path's file is.
 * Owner: texts and key are copied; *out is the caller's, ended with bp_listener_release. Threads: any.
 * Fork: works in children, which accept too; the file of a path is removed by its maker alone.
 * Blocks: while the system looks for a host's name. Errors: BP_INVALID (address, options; key: is empty;
 * out), BP_NOT_FOUND (host), BP_OS (EADDRINUSE ...), BP_NOMEM. */
BP_API bp_status bp_listener_open(const char* address, const bp_listener_options* options,
                                  bp_listener** out, bp_error** error);

/* Accepts the next client that is through.
 * Owner: *out is the caller's, ended with bp_connection_release. Threads: any, one after the other.
 * Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_TIMEOUT, BP_AUTHENTICATION (a client does not have the key; accept again), BP_INTERRUPTED,
 * BP_CLOSED, BP_INVALID (listener, timeout_ns, out), BP_NOMEM, BP_OS. */
BP_API bp_status bp_listener_accept(bp_listener* listener, int64_t timeout_ns,
                                    bp_interrupt* interrupt, bp_connection** out, bp_error** error);

/* The wait-only twin of accept: *ready is 1 when accept would not wait. Goes on with handshakes meanwhile.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: to timeout_ns, see interrupt.h.
 * Errors: BP_INTERRUPTED, BP_CLOSED, BP_INVALID (listener, timeout_ns, ready), BP_NOMEM, BP_OS. */
BP_API bp_status bp_listener_poll(bp_listener* listener, int64_t timeout_ns,
                                  bp_interrupt* interrupt, int* ready, bp_error** error);

/* A descriptor for event loops: readable when poll or accept, with timeout 0, may get on.
 * Owner: *fd stays the listener's. Threads: any. Fork: a child asks anew, after its first accept or poll.
 * Blocks: never. Errors: BP_CLOSED, BP_INVALID (listener, fd). */
BP_API bp_status bp_listener_fd(const bp_listener* listener, int* fd, bp_error** error);

/* The address, with the port that the system chose. Writes it, cut to `capacity` bytes with its NUL;
 * *length is that of the whole.
 * Owner: text is the caller's. Threads: any. Fork: works in children. Blocks: never.
 * Errors: BP_CLOSED, BP_INVALID (listener, length). */
BP_API bp_status bp_listener_address(const bp_listener* listener, char* text, size_t capacity,
                                     size_t* length, bp_error** error);

/* The address of the peer accepted last; empty before the first, and for one without a name (AF_UNIX).
 * Returns the length of the whole; 0 for NULL.
 * Owner: text is the caller's. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API size_t bp_listener_last_accepted(const bp_listener* listener, char* text, size_t capacity);

/* Clients that were turned away without an error: gone or silent in their handshake, pushed out by newer
 * ones, or another user's; 0 for NULL.
 * Owner: borrows. Threads: any. Fork: works in children. Blocks: never. Errors: none. */
BP_API uint64_t bp_listener_dropped(const bp_listener* listener);

/* Stops listening: later calls, and those under way, return BP_CLOSED. Connections go on. Idempotent.
 * Owner: borrows; NULL is ignored. Threads: any. Fork: this process's listener only.
 * Blocks: until an accept under way has returned. Errors: none. */
BP_API void bp_listener_close(bp_listener* listener);

/* Closes and frees the listener.
 * Owner: takes it; NULL is ignored. Threads: one, with no other call on it under way.
 * Fork: frees this process's listener. Blocks: never. Errors: none. */
BP_API void bp_listener_release(bp_listener* listener);

/* Connects to a listener, and proves the key both ways when there is one.
 * Owner: texts and key are borrowed; *out is the caller's, ended with bp_connection_release. Threads: any.
 * Fork: works in children. Blocks: to timeout_ns or options.time_limit_ns, whichever is earlier, see
 * interrupt.h; and while the system looks for a host's name.
 * Errors: BP_TIMEOUT, BP_INTERRUPTED, BP_AUTHENTICATION (the listener does not have the key, or is another
 * user's), BP_OS (ECONNREFUSED, ENOENT ...), BP_END_OF_STREAM (it closed during the handshake),
 * BP_NOT_FOUND (host), BP_INVALID (address, options; key: is empty; timeout_ns, out), BP_NOMEM. */
BP_API bp_status bp_client_connect(const char* address, const bp_client_options* options,
                                   int64_t timeout_ns, bp_interrupt* interrupt, bp_connection** out,
                                   bp_error** error);

BP_END_C

#endif /* BILLIARD_LISTENER_H_ */
