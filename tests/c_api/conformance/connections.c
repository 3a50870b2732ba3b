#include "tests/c_api/conformance/connections.h"

#include <string.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/values.h"

static pipe_ends make(uint32_t one_way, uint32_t first_nonblocking) {
  bp_pipe_options options;
  bp_error* error = NULL;
  pipe_ends ends;
  bp_pipe_options_init(&options, sizeof options);
  options.one_way = one_way;
  options.first_nonblocking = first_nonblocking;
  must(bp_pipe_create(&options, &ends.first, &ends.second, &error), error);
  return ends;
}

pipe_ends make_pipe(void) { return make(0, 0); }

pipe_ends make_one_way_pipe(void) { return make(1, 0); }

pipe_ends make_pipe_that_never_waits(void) { return make(0, 1); }

void release_pipe(pipe_ends* ends) {
  bp_connection_release(ends->first);
  bp_connection_release(ends->second);
}

static void send_all(bp_connection* connection, const void* data, size_t size) {
  bp_error* error = NULL;
  must(bp_connection_send(connection, data, size, BP_FOREVER, NULL, &error), error);
}

static void send_value(bp_connection* connection, encoder* value) {
  send_all(connection, value->bytes.data, value->bytes.size);
  encoder_end(value);
}

void send_text(bp_connection* connection, const char* text) {
  send_all(connection, text, strlen(text));
}

void send_peer_value(bp_connection* connection, int index) {
  encoder value;
  encoder_begin(&value);
  pack_peer_value(&value, index);
  send_value(connection, &value);
}

void send_integer(bp_connection* connection, int64_t number) {
  encoder value;
  encoder_begin(&value);
  msgpack_pack_int64(&value.packer, number);
  send_value(connection, &value);
}

static bp_buffer receive(bp_connection* connection) {
  bp_buffer message = {.data = NULL};
  bp_error* error = NULL;
  must(bp_connection_recv(connection, -1, BP_FOREVER, NULL, &message, &error), error);
  return message;
}

void add_received(bp_connection* connection) {
  bp_buffer message = receive(connection);
  add_notation(message.data, message.size);
  bp_buffer_free(&message);
}

int64_t receive_integer(bp_connection* connection) {
  bp_buffer message = receive(connection);
  int64_t number = integer_of(message.data, message.size);
  bp_buffer_free(&message);
  return number;
}

bp_status receive_status(bp_connection* connection, int64_t timeout_ns, bp_error** error) {
  bp_buffer message = {.data = NULL};
  bp_status status = bp_connection_recv(connection, -1, timeout_ns, NULL, &message, error);
  bp_buffer_free(&message);
  return status;
}

void await_readable(bp_connection* connection) {
  bp_error* error = NULL;
  int ready = 0;
  must(bp_connection_poll(connection, BP_FOREVER, NULL, &ready, &error), error);
  outcome_add(" %s", ready ? "true" : "false");
}

void echo_to_the_end(bp_connection* connection) {
  for (;;) {
    bp_buffer message = {.data = NULL};
    bp_error* error = NULL;
    bp_status status = bp_connection_recv(connection, -1, BP_FOREVER, NULL, &message, &error);
    if (status == BP_END_OF_STREAM) {
      bp_error_release(error);
      return;
    }
    expect_ok(status, error);
    send_all(connection, message.data, message.size);
    bp_buffer_free(&message);
  }
}

void play_echo_client(char** arguments) {
  bp_client_options options;
  bp_connection* connection = NULL;
  bp_error* error = NULL;
  bp_client_options_init(&options, sizeof options);
  options.key = arguments[1];
  options.key_size = strlen(arguments[1]);
  bp_status status =
      bp_client_connect(arguments[0], &options, BP_FOREVER, NULL, &connection, &error);
  if (status == BP_AUTHENTICATION) {
    bp_error_release(error);
    say("AUTHENTICATION");
  } else {
    expect_ok(status, error);
    echo_to_the_end(connection);
    bp_connection_release(connection);
  }
  await_end_of_input();
}
