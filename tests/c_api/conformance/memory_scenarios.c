/* Values and arrays in shared memory. */
#include <stdint.h>

#include "tests/c_api/conformance/assistant.h"
#include "tests/c_api/conformance/objects.h"
#include "tests/c_api/conformance/outcome.h"
#include "tests/c_api/conformance/scenarios.h"

static bp_value* value_of_type(const char* type, uint32_t flags) {
  bp_object_options options = options_of(NULL);
  bp_value* value = NULL;
  bp_error* error = NULL;
  options.flags = flags;
  must(bp_value_create(type, NULL, 0, &options, &value, &error), error);
  return value;
}

static bp_array* array_of(const char* type, int64_t length, const void* data, size_t size) {
  bp_array* array = NULL;
  bp_error* error = NULL;
  must(bp_array_create(type, length, data, size, NULL, &array, &error), error);
  return array;
}

static void set(bp_value* value, uint32_t field, int64_t number) {
  bp_error* error = NULL;
  must(bp_value_set_int(value, field, number, &error), error);
}

static long long get(const bp_value* value, uint32_t field) {
  bp_error* error = NULL;
  int64_t number = 0;
  must(bp_value_get_int(value, field, &number, &error), error);
  return number;
}

static const char* exchange(bp_value* value, int64_t expected, int64_t number) {
  bp_error* error = NULL;
  int64_t found = 0;
  must(bp_value_compare_exchange(value, 0, expected, number, &found, &error), error);
  return truth(found == expected);
}

static void value_basics(void) {
  static const int32_t kSeven = 7;
  bp_value* value = NULL;
  bp_error* error = NULL;
  int64_t before = 0;
  must(bp_value_create("i", &kSeven, sizeof kSeven, NULL, &value, &error), error);
  outcome_add("ok %lld", get(value, 0));
  set(value, 0, -3);
  must(bp_value_fetch_add(value, 0, 5, &before, &error), error);
  outcome_add(" %lld", (long long)before);
  outcome_add(" %s", exchange(value, 2, 9));
  outcome_add(" %s", exchange(value, 2, 9));
  outcome_add(" %lld", get(value, 0));
  bp_value_release(value);
}

static void value_range(void) {
  bp_value* strict = value_of_type("b", 0);
  bp_value* wrapping = value_of_type("b", BP_WRAP);
  bp_error* error = NULL;
  bp_status status = bp_value_set_int(strict, 0, 200, &error);
  add_error_naming(status, error, "200");
  set(wrapping, 0, 200);
  outcome_add("; then ok %lld", get(wrapping, 0));
  bp_value_release(wrapping);
  bp_value_release(strict);
}

static void value_typecode(void) {
  bp_value* value = NULL;
  bp_error* error = NULL;
  bp_status status = bp_value_create("z", NULL, 0, NULL, &value, &error);
  add_error_naming(status, error, "type");
  bp_value_release(value);
}

static void value_shared(void) {
  char name[kMaxName];
  object_name(name);
  bp_value* value = open_number(name);
  assistant other = start_assistant("add", name, "1000");
  for (int i = 0; i < 1000; ++i) {
    bp_error* error = NULL;
    must(bp_value_fetch_add(value, 0, 1, NULL, &error), error);
  }
  await_line(&other, "done");
  end_assistant(&other);
  outcome_add("ok %lld", get(value, 0));
  bp_value_release(value);
}

static void value_structure(void) {
  bp_value* value = value_of_type("x:d,n:i", 0);
  bp_error* error = NULL;
  double x = 0;
  int32_t fields[] = {bp_value_field_index(value, "x"), bp_value_field_index(value, "n")};
  if (fields[0] < 0 || fields[1] < 0) unexpected("a field is not there");
  must(bp_value_set_double(value, (uint32_t)fields[0], 2.5, &error), error);
  set(value, (uint32_t)fields[1], 7);
  must(bp_value_get_double(value, (uint32_t)fields[0], &x, &error), error);
  outcome_add("ok %lld %g", get(value, (uint32_t)fields[1]), x);
  bp_value_release(value);
}

static void value_by_id(void) {
  static const int32_t kSeven = 7;
  bp_value* first = NULL;
  bp_value* second = NULL;
  bp_error* error = NULL;
  must(bp_value_create("i", &kSeven, sizeof kSeven, NULL, &first, &error), error);
  must(bp_value_attach(NULL, bp_value_id(first), &second, &error), error);
  set(first, 0, 8);
  outcome_add("ok %lld", get(second, 0));
  bp_value_release(second);
  bp_value_release(first);
}

static void array_basics(void) {
  static const int16_t kNumbers[] = {1, 2, 3};
  bp_array* array = array_of("h", 3, kNumbers, sizeof kNumbers);
  bp_error* error = NULL;
  int64_t number = 0;
  must(bp_array_set_int(array, -1, 0, -5, &error), error);
  outcome_add("ok");
  for (int i = 0; i < 3; ++i) {
    must(bp_array_get_int(array, i, 0, &number, &error), error);
    outcome_add(" %lld", (long long)number);
  }
  outcome_add(" length=%llu; then ", (unsigned long long)bp_array_length(array));
  bp_status status = bp_array_get_int(array, 3, 0, &number, &error);
  add_error_naming(status, error, "index");
  bp_array_release(array);
}

static void array_characters(void) {
  bp_array* array = array_of("c", 5, NULL, 0);
  bp_buffer text;
  bp_buffer bytes;
  bp_error* error = NULL;
  must(bp_array_set_text(array, "ab", 2, &error), error);
  must(bp_array_get_text(array, &text, &error), error);
  must(bp_array_read(array, 0, 5, &bytes, &error), error);
  outcome_add("ok %.*s ", (int)text.size, (const char*)text.data);
  for (size_t i = 0; i < bytes.size; ++i) {
    outcome_add("%02x", ((const unsigned char*)bytes.data)[i]);
  }
  outcome_add("; then ");
  bp_status status = bp_array_set_text(array, "abcdef", 6, &error);
  add_error_naming(status, error, "6");
  bp_buffer_free(&bytes);
  bp_buffer_free(&text);
  bp_array_release(array);
}

static void array_view(void) {
  enum { kLength = 1000 };
  bp_array* array = array_of("i", kLength, NULL, 0);
  int32_t* view = bp_array_data(array);
  int32_t copy[kLength];
  bp_error* error = NULL;
  long long sum = 0;
  for (int32_t i = 0; i < kLength; ++i) view[i] = i * i;
  must(bp_array_read_into(array, 0, kLength, copy, sizeof copy, &error), error);
  for (int i = 0; i < kLength; ++i) sum += copy[i];
  outcome_add("ok %lld", sum);
  bp_array_release(array);
}

const scenario kMemoryScenarios[] = {
    {"value_basics", value_basics},       {"value_range", value_range},
    {"value_typecode", value_typecode},   {"value_shared", value_shared},
    {"value_structure", value_structure}, {"value_by_id", value_by_id},
    {"array_basics", array_basics},       {"array_characters", array_characters},
    {"array_view", array_view},           {NULL, NULL}};
