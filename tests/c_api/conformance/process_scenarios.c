/* Process objects, contexts, finalizers. */
#include <string.h>
#include <unistd.h>

#include "tests/c_api/conformance/calls.h"
#include "tests/c_api/conformance/connections.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"
#include "tests/c_api/conformance/values.h"

static const int64_t kShortTime = 50 * INT64_C(1000000);

static bp_process_options spawning(void) {
  bp_process_options options;
  bp_error* error = NULL;
  bp_process_options_init(&options, sizeof options);
  must(bp_context_get("spawn", &options.context, &error), error);
  return options;
}

/* Ends the encoder. */
static bp_process* make_process(bp_process_options options, const char* entry, encoder* arguments) {
  bp_process* process = NULL;
  bp_error* error = NULL;
  options.entry = entry;
  options.data = arguments->bytes.data;
  options.data_size = arguments->bytes.size;
  must(bp_process_create(&options, &process, &error), error);
  encoder_end(arguments);
  return process;
}

static void start(bp_process* process) {
  bp_error* error = NULL;
  must(bp_process_start(process, &error), error);
}

static void join(bp_process* process) {
  bp_error* error = NULL;
  must(bp_process_join(process, BP_FOREVER, NULL, &error), error);
}

static bp_process* process_of_text(bp_process_options options, const char* entry,
                                   const char* text) {
  encoder arguments;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 1);
  pack_text(&arguments, text);
  return make_process(options, entry, &arguments);
}

static bp_process* process_of_code(int64_t code) {
  encoder arguments;
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 1);
  msgpack_pack_int64(&arguments.packer, code);
  return make_process(spawning(), "exit_with", &arguments);
}

/* A process of an entry that gets the name of the scenario's queue. */
static bp_process* process_of_queue(bp_process_options options, const char* entry) {
  char name[200];
  queue_name("q", name);
  return process_of_text(options, entry, name);
}

/* One that waits for a message in the queue. */
static bp_process* spawn_taker(void) {
  bp_process* process = process_of_queue(spawning(), "take_from");
  start(process);
  return process;
}

static int32_t exit_status(bp_process* process) {
  int32_t status = 0;
  bp_error* error = NULL;
  must(bp_process_exit_status(process, &status, &error), error);
  return status;
}

static const char* alive(bp_process* process) {
  int32_t is_alive = -1;
  bp_error* error = NULL;
  must(bp_process_is_alive(process, &is_alive, &error), error);
  return truth(is_alive);
}

/* Joins it, returns its exit status, and releases it. */
static int32_t end_of(bp_process* process) {
  join(process);
  int32_t status = exit_status(process);
  bp_process_release(process);
  return status;
}

static void process_exit_code(void) {
  bp_process* process = process_of_code(7);
  outcome_add(exit_status(process) == BP_EXIT_NONE ? "ok none" : "ok some");
  start(process);
  outcome_add(" %d", end_of(process));
}

static void process_exit_wraps(void) {
  static const int64_t kCodes[] = {265, -1};
  outcome_add("ok");
  for (int i = 0; i < 2; ++i) {
    bp_process* process = process_of_code(kCodes[i]);
    start(process);
    outcome_add(" %d", end_of(process));
  }
}

static void process_fails(void) {
  bp_process* process = process_of_text(spawning(), "fail_child", "boom");
  start(process);
  outcome_add("ok %d", end_of(process));
}

static void process_killed(void) {
  char text[100];
  bp_queue* queue = open_queue("q");
  bp_process* process = spawn_taker();
  bp_error* error = NULL;
  must(bp_process_kill(process, &error), error);
  int32_t status = end_of(process);
  bp_exit_status_text(status, text, sizeof text);
  outcome_add("ok %d %s", status, text);
  bp_queue_release(queue);
}

static void process_terminated(void) {
  bp_queue* queue = open_queue("q");
  bp_process* process = spawn_taker();
  bp_error* error = NULL;
  must(bp_process_terminate(process, &error), error);
  outcome_add("ok %d", end_of(process));
  bp_queue_release(queue);
}

static void process_states(void) {
  bp_queue* queue = open_queue("q");
  bp_process* process = process_of_queue(spawning(), "take_from");
  bp_error* error = NULL;
  outcome_add("ok alive=%s pid=%s", alive(process), bp_process_pid(process) == 0 ? "none" : "some");
  start(process);
  outcome_add(" alive=%s; then ", alive(process));
  bp_status again = bp_process_start(process, &error);
  add_error_naming(again, error, "twice");
  put_text(queue, "go");
  join(process);
  outcome_add("; then ok alive=%s", alive(process));
  outcome_add(" %d", end_of(process));
  bp_queue_release(queue);
}

static void process_join_early(void) {
  bp_process* process = process_of_code(0);
  bp_error* error = NULL;
  bp_status status = bp_process_join(process, BP_FOREVER, NULL, &error);
  add_error_naming(status, error, "not started");
  bp_process_release(process);
}

static void process_join_timeout(void) {
  bp_queue* queue = open_queue("q");
  bp_process* process = spawn_taker();
  bp_status status = bp_process_join(process, kShortTime, NULL, NULL);
  if (status != BP_TIMEOUT) unexpected(bp_status_name(status));
  outcome_add("ok alive=%s", alive(process));
  put_text(queue, "go");
  outcome_add(" %d", end_of(process));
  bp_queue_release(queue);
}

static void add_sameness(const char* what, int same) {
  outcome_add(" %s=%s", what, same ? "same" : "different");
}

static void process_self(void) {
  bp_queue* queue = open_queue("q");
  bp_process_options options = spawning();
  bp_error* error = NULL;
  bp_buffer message = {.data = NULL};
  msgpack_unpacked told;
  size_t offset = 0;
  char key[256];
  options.daemon = 1;
  bp_process* process = process_of_queue(options, "tell_self");
  start(process);
  must(bp_queue_get(queue, BP_FOREVER, NULL, &message, &error), error);
  msgpack_unpacked_init(&told);
  if (msgpack_unpack_next(&told, message.data, message.size, &offset) != MSGPACK_UNPACK_SUCCESS) {
    unexpected("the child told nothing");
  }
  const msgpack_object* facts = told.data.via.array.ptr;
  outcome_add("ok %.*s %s", (int)facts[0].via.str.size, facts[0].via.str.ptr,
              truth(facts[1].via.boolean));
  add_sameness("pid", facts[2].via.i64 == bp_process_pid(process));
  add_sameness("parent", facts[3].via.i64 == getpid());
  size_t size = bp_current_authkey(key, sizeof key);
  add_sameness("key",
               facts[4].via.bin.size == size && memcmp(facts[4].via.bin.ptr, key, size) == 0);
  msgpack_unpacked_destroy(&told);
  bp_buffer_free(&message);
  end_of(process);
  bp_queue_release(queue);
}

static void add_sentinel(bp_process* process, int64_t timeout_ns) {
  int32_t fd = -1;
  uint8_t ready = 0;
  size_t ready_count = 0;
  bp_error* error = NULL;
  must(bp_process_sentinel(process, &fd, &error), error);
  must(bp_wait_readable(&fd, 1, timeout_ns, NULL, &ready, &ready_count, &error), error);
  outcome_add(" %s", ready != 0 ? "ready" : "none");
}

static void process_sentinel(void) {
  bp_queue* queue = open_queue("q");
  bp_process* process = spawn_taker();
  outcome_add("ok");
  add_sentinel(process, 0);
  put_text(queue, "go");
  add_sentinel(process, BP_FOREVER);
  outcome_add(" %d", end_of(process));
  bp_queue_release(queue);
}

static size_t active(int32_t* pid) {
  bp_process* child = NULL;
  size_t count = 0;
  bp_error* error = NULL;
  must(bp_active_children(&child, 1, &count, &error), error);
  *pid = bp_process_pid(child);
  bp_process_release(child);
  return count;
}

static void active_children(void) {
  bp_queue* queue = open_queue("q");
  int32_t pid = 0;
  outcome_add("ok %zu", active(&pid));
  bp_process* process = spawn_taker();
  outcome_add(" %zu", active(&pid));
  outcome_add(pid == bp_process_pid(process) ? " same" : " different");
  put_text(queue, "go");
  join(process);
  outcome_add(" %zu", active(&pid));
  bp_process_release(process);
  bp_queue_release(queue);
}

static void process_unknown_entry(void) {
  bp_process* process = process_of_text(spawning(), "no_such_entry", "");
  bp_error* error = NULL;
  bp_status status = bp_process_start(process, &error);
  add_error_naming(status, error, "no_such_entry");
  outcome_add("; then alive=%s", alive(process));
  bp_process_release(process);
}

static void process_connection(void) {
  pipe_ends ends = make_pipe();
  bp_process_options options = spawning();
  bp_error* error = NULL;
  encoder nothing;
  encoder ping;
  bp_buffer message = {.data = NULL};
  int fd = -1;
  must(bp_connection_fd(ends.second, &fd, &error), error);
  options.fds = &fd;
  options.fd_count = 1;
  encoder_begin(&nothing);
  msgpack_pack_array(&nothing.packer, 0);
  bp_process* process = make_process(options, "echo_once", &nothing);
  start(process);
  bp_connection_close(ends.second);
  encoder_begin(&ping);
  pack_text(&ping, "ping");
  must(bp_connection_send(ends.first, ping.bytes.data, ping.bytes.size, BP_FOREVER, NULL, &error),
       error);
  must(bp_connection_recv(ends.first, -1, BP_FOREVER, NULL, &message, &error), error);
  int same =
      message.size == ping.bytes.size && memcmp(message.data, ping.bytes.data, message.size) == 0;
  outcome_add("ok %s", same ? "ping" : "something else");
  bp_buffer_free(&message);
  encoder_end(&ping);
  outcome_add(" %d", end_of(process));
  release_pipe(&ends);
}

static void process_shared_value(void) {
  bp_value* value = open_number(NULL);
  bp_error* error = NULL;
  encoder arguments;
  int64_t number = 0;
  must(bp_value_set_int(value, 0, 40, &error), error);
  encoder_begin(&arguments);
  msgpack_pack_array(&arguments.packer, 2);
  msgpack_pack_uint64(&arguments.packer, bp_value_id(value));
  msgpack_pack_int64(&arguments.packer, 2);
  bp_process* process = make_process(spawning(), "add_to", &arguments);
  start(process);
  int32_t status = end_of(process);
  must(bp_value_get_int(value, 0, &number, &error), error);
  outcome_add("ok %d %d", (int)number, status);
  bp_value_release(value);
}

static bp_process* process_of_command(const char* const* command) {
  bp_process_options options;
  bp_process* process = NULL;
  bp_error* error = NULL;
  bp_process_options_init(&options, sizeof options);
  options.command = command;
  must(bp_process_create(&options, &process, &error), error);
  return process;
}

static void process_command(void) {
  static const char* const kExit3[] = {"/bin/sh", "-c", "exit 3", NULL};
  static const char* const kMissing[] = {"/nonexistent/program", NULL};
  bp_process* process = process_of_command(kExit3);
  bp_error* error = NULL;
  start(process);
  outcome_add("ok %d; then ", end_of(process));
  process = process_of_command(kMissing);
  bp_status status = bp_process_start(process, &error);
  add_error_naming(status, error, kMissing[0]);
  bp_process_release(process);
}

static void context_fixed(void) {
  const bp_context* context = NULL;
  bp_error* error = NULL;
  outcome_add("ok %s", bp_context_start_method(NULL, 1) == NULL ? "none" : "some");
  must(bp_context_set_start_method(NULL, "spawn", 0, &error), error);
  outcome_add(" %s; then ", bp_context_start_method(NULL, 1));
  bp_status again = bp_context_set_start_method(NULL, "spawn", 0, &error);
  add_error_naming(again, error, "already been set");
  outcome_add("; then ");
  bp_status unknown = bp_context_get("frok", &context, &error);
  add_error_naming(unknown, error, "cannot find context");
}

static void finalizer_order(void) {
  bp_queue* queue = open_queue("q");
  bp_process* process = process_of_queue(spawning(), "run_finalizers");
  start(process);
  end_of(process);
  outcome_add("ok");
  for (int i = 0; i < 4; ++i) {
    bp_buffer message = {.data = NULL};
    bp_error* error = NULL;
    must(bp_queue_get(queue, 0, NULL, &message, &error), error);
    outcome_add(" ");
    add_word(message.data, message.size);
    bp_buffer_free(&message);
  }
  bp_queue_release(queue);
}

const scenario kProcessScenarios[] = {{"process_exit_code", process_exit_code},
                                      {"process_exit_wraps", process_exit_wraps},
                                      {"process_fails", process_fails},
                                      {"process_killed", process_killed},
                                      {"process_terminated", process_terminated},
                                      {"process_states", process_states},
                                      {"process_join_early", process_join_early},
                                      {"process_join_timeout", process_join_timeout},
                                      {"process_self", process_self},
                                      {"process_sentinel", process_sentinel},
                                      {"active_children", active_children},
                                      {"process_unknown_entry", process_unknown_entry},
                                      {"process_connection", process_connection},
                                      {"process_shared_value", process_shared_value},
                                      {"process_command", process_command},
                                      {"context_fixed", context_fixed},
                                      {"finalizer_order", finalizer_order},
                                      {NULL, NULL}};
