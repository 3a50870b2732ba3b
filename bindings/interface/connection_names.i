/* The names of connections that bindings see; see connections.i. A language that hides some of them
 * includes this file before it says so, and connection_headers.i after it. */

%{
#include "bindings/interface/connections.h"
%}

/* connection.h */
BPI_OPEN(bp_connection_send)
BPI_OPEN(bp_connection_send_slice)
BPI_OPEN(bp_connection_flush)
BPI_OPEN(bp_connection_pending)
BPI_OPEN(bp_connection_send_raw)
BPI_OPEN(bp_connection_recv)
BPI_OPEN(bp_connection_recv_into)
BPI_OPEN(bp_connection_send_connection)
BPI_OPEN(bp_connection_recv_connection)
BPI_OPEN(bp_connection_poll)
BPI_OPEN(bp_connection_poll_send)
BPI_OPEN(bp_connection_set_blocking)
BPI_OPEN(bp_connection_readable)
BPI_OPEN(bp_connection_writable)
BPI_OPEN(bp_connection_closed)
BPI_OPEN(bp_connection_fd)
BPI_OPEN(bp_connection_deliver_challenge)
BPI_OPEN(bp_connection_answer_challenge)
BPI_OPEN(bp_connection_close)
BPI_OPEN(bp_connection_release)
BPI_OPEN(bp_fd_share)
BPI_OPEN(bp_fd_claim)
BPI_OPEN(bp_fd_sharing_stop)
BPI_OPEN(bp_fd_read)

/* listener.h */
BPI_OPEN(bp_listener_accept)
BPI_OPEN(bp_listener_poll)
BPI_OPEN(bp_listener_fd)
BPI_OPEN(bp_listener_address)
BPI_OPEN(bp_listener_last_accepted)
BPI_OPEN(bp_listener_dropped)
BPI_OPEN(bp_listener_close)
BPI_OPEN(bp_listener_release)

/* connections.h: options and descriptors taken apart */
BPI_OPEN(bpi_pipe_create)
BPI_OPEN(bpi_connection_from_fd)
BPI_OPEN(bpi_listener_open)
BPI_OPEN(bpi_client_connect)
BPI_OPEN(bpi_fds_new)
BPI_OPEN(bpi_fds_add)
BPI_OPEN(bpi_fds_count)
BPI_OPEN(bpi_fds_at)
BPI_OPEN(bpi_fds_free)
BPI_OPEN(bpi_connection_send_fds)
BPI_OPEN(bpi_connection_recv_fds)
BPI_OPEN(bpi_wait_readable)
BPI_OPEN(bpi_fds_ready)

/* The largest numbers */
BPI_OPEN(BP_MESSAGE_MAX)
BPI_OPEN(BP_PASSED_MAX)
