#include "tests/c_api/conformance/process_entries.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "billiard/bp.h"
#include "tests/c_api/conformance/connections.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/values.h"

/* The arguments of an entry; a wrong number of them ends the program. */
static void arguments_from(const void* data, size_t size, uint32_t count, msgpack_unpacked* call) {
  size_t offset = 0;
  msgpack_unpacked_init(call);
  if (msgpack_unpack_next(call, data, size, &offset) != MSGPACK_UNPACK_SUCCESS ||
      call->data.type != MSGPACK_OBJECT_ARRAY || call->data.via.array.size != count) {
    unexpected("an entry has wrong arguments");
  }
}

static int64_t integer_at(const msgpack_unpacked* call, uint32_t index) {
  return call->data.via.array.ptr[index].via.i64;
}

/* The only argument, a text, to be freed. */
static char* text_from(const void* data, size_t size) {
  msgpack_unpacked call;
  arguments_from(data, size, 1, &call);
  const msgpack_object_str* text = &call.data.via.array.ptr[0].via.str;
  char* copy = strndup(text->ptr, text->size);
  msgpack_unpacked_destroy(&call);
  return copy;
}

static bp_queue* queue_named(char* name) {
  bp_queue* queue = NULL;
  bp_error* error = NULL;
  must(bp_queue_open(name, NULL, &queue, &error), error);
  free(name);
  return queue;
}

static void put_into(bp_queue* queue, encoder* value) {
  bp_error* error = NULL;
  must(bp_queue_put(queue, value->bytes.data, value->bytes.size, BP_FORMAT_MSGPACK, BP_FOREVER,
                    NULL, &error),
       error);
  encoder_end(value);
}

static int32_t exit_with(const void* data, size_t size, void* context) {
  (void)context;
  msgpack_unpacked call;
  arguments_from(data, size, 1, &call);
  int32_t code = (int32_t)integer_at(&call, 0);
  msgpack_unpacked_destroy(&call);
  bp_process_exit(code, NULL);
  return 1;
}

static int32_t fail_child(const void* data, size_t size, void* context) {
  (void)context;
  bp_process_exit(0, text_from(data, size));
  return 0;
}

static int32_t take_from(const void* data, size_t size, void* context) {
  (void)context;
  bp_queue* queue = queue_named(text_from(data, size));
  bp_buffer message = {.data = NULL};
  bp_error* error = NULL;
  must(bp_queue_get(queue, BP_FOREVER, NULL, &message, &error), error);
  bp_buffer_free(&message);
  bp_queue_release(queue);
  return 0;
}

static int32_t tell_self(const void* data, size_t size, void* context) {
  (void)context;
  bp_queue* queue = queue_named(text_from(data, size));
  char name[256];
  char key[256];
  encoder value;
  encoder_begin(&value);
  msgpack_pack_array(&value.packer, 5);
  bp_current_name(name, sizeof name);
  pack_text(&value, name);
  if (bp_current_is_daemon() == 1) {
    msgpack_pack_true(&value.packer);
  } else {
    msgpack_pack_false(&value.packer);
  }
  msgpack_pack_int64(&value.packer, getpid());
  msgpack_pack_int64(&value.packer, bp_parent_process(NULL, 0));
  pack_bytes(&value, key, bp_current_authkey(key, sizeof key));
  put_into(queue, &value);
  bp_queue_release(queue);
  return 0;
}

static int32_t echo_once(const void* data, size_t size, void* context) {
  (void)data;
  (void)size;
  (void)context;
  int32_t fd = -1;
  bp_connection* connection = NULL;
  bp_buffer message = {.data = NULL};
  bp_error* error = NULL;
  if (bp_inherited_fds(&fd, 1) != 1) unexpected("not one descriptor was inherited");
  must(bp_connection_from_fd(fd, NULL, &connection, &error), error);
  must(bp_connection_recv(connection, -1, BP_FOREVER, NULL, &message, &error), error);
  must(bp_connection_send(connection, message.data, message.size, BP_FOREVER, NULL, &error), error);
  bp_buffer_free(&message);
  bp_connection_release(connection);
  return 0;
}

static int32_t add_to(const void* data, size_t size, void* context) {
  (void)context;
  msgpack_unpacked call;
  bp_value* value = NULL;
  bp_error* error = NULL;
  arguments_from(data, size, 2, &call);
  must(bp_value_attach(NULL, (uint64_t)integer_at(&call, 0), &value, &error), error);
  must(bp_value_fetch_add(value, 0, integer_at(&call, 1), NULL, &error), error);
  msgpack_unpacked_destroy(&call);
  bp_value_release(value);
  return 0;
}

typedef struct said_at_end {
  const char* word;
  int32_t priority;
} said_at_end;

static bp_queue* told_at_end; /* which the finalizers put into */

static int32_t say_at_end(void* context) {
  encoder value;
  encoder_begin(&value);
  pack_text(&value, ((const said_at_end*)context)->word);
  put_into(told_at_end, &value);
  return 0;
}

static int32_t run_finalizers(const void* data, size_t size, void* context) {
  (void)context;
  static said_at_end all[] = {{"low", -100}, {"first", 0}, {"second", 0}, {"high", 10}};
  told_at_end = queue_named(text_from(data, size));
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
    bp_finalizer_options options;
    bp_finalizer* finalizer = NULL;
    bp_error* error = NULL;
    bp_finalizer_options_init(&options, sizeof options);
    options.has_priority = 1;
    options.priority = all[i].priority;
    must(bp_finalizer_create(say_at_end, &all[i], &options, &finalizer, &error), error);
    bp_finalizer_release(finalizer); /* it runs all the same */
  }
  return 0;
}

void register_entries(void) {
  static const struct {
    const char* name;
    bp_process_fn run;
  } kEntries[] = {{"exit_with", exit_with},          {"fail_child", fail_child},
                  {"take_from", take_from},          {"tell_self", tell_self},
                  {"echo_once", echo_once},          {"add_to", add_to},
                  {"run_finalizers", run_finalizers}};
  for (size_t i = 0; i < sizeof kEntries / sizeof kEntries[0]; ++i) {
    bp_error* error = NULL;
    must(bp_entry_register(kEntries[i].name, kEntries[i].run, NULL, &error), error);
  }
}
