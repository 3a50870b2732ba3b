/* Pipes and connections. */
#include <string.h>

#include "tests/c_api/conformance/connections.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"
#include "tests/c_api/conformance/values.h"

static const int64_t kShortTime = 50 * INT64_C(1000000);

static void pipe_values(void) {
  pipe_ends ends = make_pipe();
  outcome_add("ok");
  for (int i = 0; i < kPeerValues; ++i) {
    send_peer_value(ends.first, i);
    outcome_add(" ");
    add_received(ends.second);
  }
  release_pipe(&ends);
}

static void pipe_bytes(void) {
  pipe_ends ends = make_pipe();
  bp_error* error = NULL;
  send_text(ends.first, "hello");
  must(bp_connection_send_slice(ends.first, "abcdef", 6, 2, 3, BP_FOREVER, NULL, &error), error);
  send_text(ends.first, "");
  outcome_add("ok");
  for (int i = 0; i < 3; ++i) {
    bp_buffer message = {.data = NULL};
    must(bp_connection_recv(ends.second, -1, BP_FOREVER, NULL, &message, &error), error);
    if (i < 2) {
      outcome_add(" %.*s", (int)message.size, (const char*)message.data);
    } else {
      outcome_add(" %zu", message.size);
    }
    bp_buffer_free(&message);
  }
  release_pipe(&ends);
}

static void pipe_one_way(void) {
  pipe_ends ends = make_one_way_pipe();
  bp_error* error = NULL;
  bp_status status = bp_connection_send(ends.first, "x", 1, BP_FOREVER, NULL, &error);
  add_error_naming(status, error, "read-only");
  outcome_add("; then ");
  status = receive_status(ends.second, BP_FOREVER, &error);
  add_error_naming(status, error, "write-only");
  send_integer(ends.second, 7);
  outcome_add("; then ok %d", (int)receive_integer(ends.first));
  release_pipe(&ends);
}

static void connection_poll(void) {
  pipe_ends ends = make_pipe();
  bp_error* error = NULL;
  int ready = 1;
  must(bp_connection_poll(ends.first, 0, NULL, &ready, &error), error);
  outcome_add("ok %s", truth(ready));
  send_integer(ends.second, 7);
  await_readable(ends.first);
  receive_integer(ends.first);
  bp_connection_close(ends.second);
  await_readable(ends.first);
  outcome_add(" %s", short_status(receive_status(ends.first, BP_FOREVER, NULL)));
  release_pipe(&ends);
}

static void connection_max_length(void) {
  pipe_ends ends = make_pipe();
  bp_buffer message = {.data = NULL};
  send_text(ends.second, "0123456789");
  bp_status status = bp_connection_recv(ends.first, 5, BP_FOREVER, NULL, &message, NULL);
  outcome_add("error %s", short_status(status));
  outcome_add("; then readable=%s writable=%s", truth(bp_connection_readable(ends.first)),
              truth(bp_connection_writable(ends.first)));
  send_integer(ends.first, 7);
  outcome_add("; then ok %d", (int)receive_integer(ends.second));
  release_pipe(&ends);
}

static void connection_into(void) {
  pipe_ends ends = make_pipe();
  bp_buffer whole = {.data = NULL};
  bp_error* error = NULL;
  char buffer[4];
  size_t received = 0;
  send_text(ends.first, "abcdef");
  send_text(ends.first, "xyz");
  bp_status status = bp_connection_recv_into(ends.second, buffer, sizeof buffer, 0, BP_FOREVER,
                                             NULL, &received, &whole, NULL);
  outcome_add("error %s with %zu", short_status(status), whole.size);
  bp_buffer_free(&whole);
  must(bp_connection_recv_into(ends.second, buffer, sizeof buffer, 0, BP_FOREVER, NULL, &received,
                               &whole, &error),
       error);
  outcome_add("; then ok %zu %.*s", received, (int)received, buffer);
  release_pipe(&ends);
}

static void connection_nonblocking(void) {
  pipe_ends ends = make_pipe_that_never_waits();
  outcome_add("error %s", short_status(receive_status(ends.first, BP_FOREVER, NULL)));
  send_integer(ends.second, 7);
  outcome_add("; then ok %d", (int)receive_integer(ends.first));
  release_pipe(&ends);
}

static void connection_closed(void) {
  pipe_ends ends = make_pipe();
  bp_connection_close(ends.first);
  bp_connection_close(ends.first);
  bp_status sent = bp_connection_send(ends.first, "x", 1, BP_FOREVER, NULL, NULL);
  outcome_add("error %s", short_status(sent));
  outcome_add("; then error %s", short_status(receive_status(ends.first, BP_FOREVER, NULL)));
  release_pipe(&ends);
}

static void connection_timeout(void) {
  pipe_ends ends = make_pipe();
  outcome_add("error %s", short_status(receive_status(ends.first, kShortTime, NULL)));
  send_integer(ends.second, 7);
  outcome_add("; then ok %d", (int)receive_integer(ends.first));
  release_pipe(&ends);
}

static void connection_hand_over(void) {
  pipe_ends road = make_pipe();
  pipe_ends ends = make_one_way_pipe();
  bp_connection* came = NULL;
  bp_error* error = NULL;
  must(bp_connection_send_connection(road.first, ends.second, BP_FOREVER, NULL, &error), error);
  must(bp_connection_recv_connection(road.second, BP_FOREVER, NULL, &came, &error), error);
  bp_connection_close(ends.second);
  outcome_add("ok readable=%s writable=%s", truth(bp_connection_readable(came)),
              truth(bp_connection_writable(came)));
  send_integer(came, 7);
  outcome_add(" %d", (int)receive_integer(ends.first));
  bp_connection_release(came);
  release_pipe(&ends);
  release_pipe(&road);
}

static void fd_ticket(void) {
  pipe_ends ends = make_one_way_pipe();
  bp_connection_options options;
  bp_connection* claimed = NULL;
  bp_buffer ticket = {.data = NULL};
  bp_error* error = NULL;
  int fd = -1;
  must(bp_connection_fd(ends.second, &fd, &error), error);
  must(bp_fd_share(fd, &ticket, &error), error);
  must(bp_fd_claim(ticket.data, ticket.size, BP_FOREVER, NULL, &fd, &error), error);
  bp_connection_options_init(&options, sizeof options);
  options.no_read = 1;
  must(bp_connection_from_fd(fd, &options, &claimed, &error), error);
  send_integer(claimed, 7);
  outcome_add("ok %d", (int)receive_integer(ends.first));
  bp_status again = bp_fd_claim(ticket.data, ticket.size, BP_FOREVER, NULL, &fd, NULL);
  outcome_add("; then error %s", short_status(again));
  bp_buffer_free(&ticket);
  bp_connection_release(claimed);
  release_pipe(&ends);
}

static int fd_of(bp_connection* connection) {
  bp_error* error = NULL;
  int fd = -1;
  must(bp_connection_fd(connection, &fd, &error), error);
  return fd;
}

/* Adds the letters of those that are ready. */
static void add_ready(const int* fds, const char* letters, int64_t timeout_ns) {
  uint8_t ready[3] = {0};
  size_t ready_count = 0;
  bp_error* error = NULL;
  must(bp_wait_readable(fds, strlen(letters), timeout_ns, NULL, ready, &ready_count, &error),
       error);
  if (ready_count == 0) outcome_add("none");
  for (size_t i = 0, added = 0; letters[i] != '\0'; ++i) {
    if (ready[i] != 0) outcome_add("%s%c", added++ == 0 ? "" : " ", letters[i]);
  }
}

static void wait_ready(void) {
  pipe_ends a = make_pipe();
  pipe_ends b = make_pipe();
  const int two[] = {fd_of(a.first), fd_of(b.first)};
  const int three[] = {two[1], two[0], two[1]};
  add_ready(two, "AB", 0);
  send_integer(b.second, 7);
  outcome_add("; then ");
  add_ready(two, "AB", BP_FOREVER);
  send_integer(a.second, 7);
  outcome_add("; then ");
  add_ready(three, "BAB", BP_FOREVER);
  release_pipe(&a);
  release_pipe(&b);
}

const scenario kConnectionScenarios[] = {{"pipe_values", pipe_values},
                                         {"pipe_bytes", pipe_bytes},
                                         {"pipe_one_way", pipe_one_way},
                                         {"connection_poll", connection_poll},
                                         {"connection_max_length", connection_max_length},
                                         {"connection_into", connection_into},
                                         {"connection_nonblocking", connection_nonblocking},
                                         {"connection_closed", connection_closed},
                                         {"connection_timeout", connection_timeout},
                                         {"connection_hand_over", connection_hand_over},
                                         {"fd_ticket", fd_ticket},
                                         {"wait_ready", wait_ready},
                                         {NULL, NULL}};
