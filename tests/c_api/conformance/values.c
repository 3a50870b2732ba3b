#include "values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "outcome.h"

void encoder_begin(encoder* out) {
  msgpack_sbuffer_init(&out->bytes);
  msgpack_packer_init(&out->packer, &out->bytes, msgpack_sbuffer_write);
}

void encoder_end(encoder* out) { msgpack_sbuffer_destroy(&out->bytes); }

void pack_text(encoder* out, const char* text) {
  msgpack_pack_str_with_body(&out->packer, text, strlen(text));
}

void pack_bytes(encoder* out, const void* bytes, size_t size) {
  msgpack_pack_bin_with_body(&out->packer, bytes, size);
}

static void pack_nested_array(encoder* out) {
  msgpack_pack_array(&out->packer, 3);
  msgpack_pack_int(&out->packer, 1);
  msgpack_pack_array(&out->packer, 2);
  msgpack_pack_int(&out->packer, 2);
  pack_text(out, "a");
  msgpack_pack_false(&out->packer);
}

static void pack_map(encoder* out) {
  msgpack_pack_map(&out->packer, 2);
  pack_text(out, "a");
  msgpack_pack_int(&out->packer, 1);
  pack_text(out, "b");
  msgpack_pack_array(&out->packer, 1);
  msgpack_pack_true(&out->packer);
}

void pack_peer_value(encoder* out, int index) {
  static const int64_t kIntegers[] = {0,         127,      -1, -32768, INT64_C(4294967296),
                                      INT64_MAX, INT64_MIN};
  msgpack_packer* packer = &out->packer;
  switch (index) {
    case 0:
      msgpack_pack_true(packer);
      return;
    case 1:
      msgpack_pack_false(packer);
      return;
    case 9:
      msgpack_pack_double(packer, 1.5);
      return;
    case 10:
      msgpack_pack_double(packer, 1e300);
      return;
    case 11:
      pack_text(out, "\xc3\xa9\xe2\x82\xac");
      return;
    case 12:
      pack_bytes(out, "\x00\xff\x80", 3);
      return;
    case 13:
      pack_nested_array(out);
      return;
    case 14:
      pack_map(out);
      return;
    default:
      msgpack_pack_int64(packer, kIntegers[index - 2]);
      return;
  }
}

static void add_hex(const void* data, size_t size) {
  const unsigned char* bytes = data;
  for (size_t i = 0; i < size; ++i) outcome_add("%02x", bytes[i]);
}

static void add_double(double number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  outcome_add("f:%016" PRIx64, bits);
}

static void add_object(const msgpack_object* object);

static void add_array(const msgpack_object_array* array) {
  outcome_add("[");
  for (uint32_t i = 0; i < array->size; ++i) {
    if (i > 0) outcome_add(",");
    add_object(&array->ptr[i]);
  }
  outcome_add("]");
}

/* Keys in scenarios are texts of one letter, so their bytes sort like their notation. */
static int by_key(const void* left, const void* right) {
  const msgpack_object_str* a = &((const msgpack_object_kv*)left)->key.via.str;
  const msgpack_object_str* b = &((const msgpack_object_kv*)right)->key.via.str;
  size_t shorter = a->size < b->size ? a->size : b->size;
  int order = memcmp(a->ptr, b->ptr, shorter);
  return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static void add_map(const msgpack_object_map* map) {
  for (uint32_t i = 0; i < map->size; ++i) {
    if (map->ptr[i].key.type != MSGPACK_OBJECT_STR) unexpected("a map's key is no text");
  }
  qsort(map->ptr, map->size, sizeof map->ptr[0], by_key);
  outcome_add("{");
  for (uint32_t i = 0; i < map->size; ++i) {
    if (i > 0) outcome_add(",");
    add_object(&map->ptr[i].key);
    outcome_add(":");
    add_object(&map->ptr[i].val);
  }
  outcome_add("}");
}

static void add_string(const void* bytes, size_t size) {
  outcome_add("s:");
  add_hex(bytes, size);
}

static void add_object(const msgpack_object* object) {
  switch (object->type) {
    case MSGPACK_OBJECT_NIL:
      outcome_add("nil");
      return;
    case MSGPACK_OBJECT_BOOLEAN:
      outcome_add(object->via.boolean ? "true" : "false");
      return;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
      outcome_add("%" PRIu64, object->via.u64);
      return;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
      outcome_add("%" PRId64, object->via.i64);
      return;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
      add_double(object->via.f64);
      return;
    case MSGPACK_OBJECT_STR:
      add_string(object->via.str.ptr, object->via.str.size);
      return;
    case MSGPACK_OBJECT_BIN:
      add_string(object->via.bin.ptr, object->via.bin.size);
      return;
    case MSGPACK_OBJECT_ARRAY:
      add_array(&object->via.array);
      return;
    case MSGPACK_OBJECT_MAP:
      add_map(&object->via.map);
      return;
    default:
      unexpected("a MessagePack extension came");
  }
}

static void decode(msgpack_unpacked* out, const void* data, size_t size) {
  size_t offset = 0;
  msgpack_unpacked_init(out);
  if (msgpack_unpack_next(out, data, size, &offset) != MSGPACK_UNPACK_SUCCESS || offset != size) {
    unexpected("the bytes are not one MessagePack value");
  }
}

void add_notation(const void* data, size_t size) {
  msgpack_unpacked value;
  decode(&value, data, size);
  add_object(&value.data);
  msgpack_unpacked_destroy(&value);
}

void add_word(const void* data, size_t size) {
  msgpack_unpacked value;
  decode(&value, data, size);
  if (value.data.type != MSGPACK_OBJECT_STR) unexpected("the value is no text");
  outcome_add("%.*s", (int)value.data.via.str.size, value.data.via.str.ptr);
  msgpack_unpacked_destroy(&value);
}

int64_t integer_of(const void* data, size_t size) {
  msgpack_unpacked value;
  decode(&value, data, size);
  if (value.data.type != MSGPACK_OBJECT_POSITIVE_INTEGER &&
      value.data.type != MSGPACK_OBJECT_NEGATIVE_INTEGER) {
    unexpected("the value is no integer");
  }
  int64_t number = value.data.via.i64;
  msgpack_unpacked_destroy(&value);
  return number;
}
