/* Connections as most scenarios need them; every failure here is unexpected. */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_CONNECTIONS_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_CONNECTIONS_H_

#include <stdint.h>

#include "billiard/bp.h"

/* Both ends of a pipe. */
typedef struct pipe_ends {
  bp_connection* first;
  bp_connection* second;
} pipe_ends;

pipe_ends make_pipe(void);
pipe_ends make_one_way_pipe(void);
pipe_ends make_pipe_that_never_waits(void); /* at its first end */
void release_pipe(pipe_ends* ends);

/* Text as it is. */
void send_text(bp_connection* connection, const char* text);

/* A value, and the notation of what comes. */
void send_peer_value(bp_connection* connection, int index);
void add_received(bp_connection* connection);
void send_integer(bp_connection* connection, int64_t number);
int64_t receive_integer(bp_connection* connection);

/* Receives once; what comes is dropped. */
bp_status receive_status(bp_connection* connection, int64_t timeout_ns, bp_error** error);

/* Without limit. */
void await_readable(bp_connection* connection);

/* Sends back what it gets, until the other side has closed. */
void echo_to_the_end(bp_connection* connection);

/* The role of the assistant that connects. */
void play_echo_client(char** arguments);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_CONNECTIONS_H_ */
