#include "bindings/ruby/ext/billiard/bytes.h"

namespace billiard_ruby {
namespace {

VALUE CopyBuffer(VALUE argument) {
  const auto* buffer = reinterpret_cast<const bp_buffer*>(argument);
  return Message(buffer->data, buffer->size, buffer->format);
}

}  // namespace

VALUE Message(const void* data, size_t size, uint32_t format) {
  VALUE bytes = rb_str_new(static_cast<const char*>(data), static_cast<long>(size));
  return rb_assoc_new(bytes, UINT2NUM(format));
}

VALUE TakeMessage(bp_buffer* buffer) {
  int state = 0;
  VALUE message = rb_protect(CopyBuffer, reinterpret_cast<VALUE>(buffer), &state);
  bp_buffer_free(buffer);
  if (state != 0) rb_jump_tag(state);
  return message;
}

VALUE Ids(const uint64_t* ids, size_t count) {
  VALUE array = rb_ary_new_capa(static_cast<long>(count));
  for (size_t i = 0; i < count; ++i) rb_ary_push(array, ULL2NUM(ids[i]));
  return array;
}

}  // namespace billiard_ruby
