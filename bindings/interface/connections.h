/* Neutral helper for all bindings: option structs and descriptor arrays of connection.h and listener.h,
 * taken apart into single arguments. They decide nothing; the contract of each is that of the function
 * that it names. */
#ifndef BILLIARD_BINDINGS_INTERFACE_CONNECTIONS_H_
#define BILLIARD_BINDINGS_INTERFACE_CONNECTIONS_H_

#include "billiard/bp.h"

BP_BEGIN_C

/* bp_pipe_create. */
bp_status bpi_pipe_create(uint32_t one_way, uint32_t first_nonblocking, uint32_t second_nonblocking,
                          uint32_t max_message, bp_connection** first, bp_connection** second,
                          bp_error** error);

/* bp_connection_from_fd. */
bp_status bpi_connection_from_fd(int32_t fd, uint32_t no_read, uint32_t no_write,
                                 uint32_t nonblocking, uint32_t max_message, bp_connection** out,
                                 bp_error** error);

/* bp_listener_open. `address` may be NULL; `has_key` 0 means no authentication, whatever the bytes. */
bp_status bpi_listener_open(const char* address, uint32_t family, uint32_t backlog,
                            uint32_t has_key, const void* data, size_t size,
                            int64_t handshake_timeout_ns, uint32_t max_pending, uint32_t any_user,
                            uint32_t max_message, bp_listener** out, bp_error** error);

/* bp_client_connect; the key as in bpi_listener_open. */
bp_status bpi_client_connect(const char* address, uint32_t family, uint32_t has_key,
                             const void* data, size_t size, uint32_t any_user,
                             int64_t time_limit_ns, uint32_t max_message, int64_t timeout_ns,
                             bp_interrupt* interrupt, bp_connection** out, bp_error** error);

/* Descriptors on their way in or out together. The list owns none of them. */
typedef struct bpi_fds bpi_fds;
bpi_fds* bpi_fds_new(void);
void bpi_fds_add(bpi_fds* fds, int32_t fd);
size_t bpi_fds_count(const bpi_fds* fds);
int32_t bpi_fds_at(const bpi_fds* fds, size_t index); /* -1 for an index that does not exist */
void bpi_fds_free(bpi_fds* fds);

/* bp_connection_send_fds. */
bp_status bpi_connection_send_fds(bp_connection* connection, const void* data, size_t size,
                                  const bpi_fds* fds, int64_t timeout_ns, bp_interrupt* interrupt,
                                  bp_error** error);

/* bp_connection_recv_fds, with room for all that a message may carry. They replace what the list has, and
 * are the caller's. */
bp_status bpi_connection_recv_fds(bp_connection* connection, bpi_fds* fds, int64_t timeout_ns,
                                  bp_interrupt* interrupt, bp_buffer* out, bp_error** error);

/* bp_wait_readable; bpi_fds_ready says which are, after a success. */
bp_status bpi_wait_readable(bpi_fds* fds, int64_t timeout_ns, bp_interrupt* interrupt,
                            bp_error** error);
int32_t bpi_fds_ready(const bpi_fds* fds, size_t index);

BP_END_C

#endif /* BILLIARD_BINDINGS_INTERFACE_CONNECTIONS_H_ */
