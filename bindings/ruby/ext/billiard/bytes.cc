#include "bindings/ruby/ext/billiard/bytes.h"

namespace billiard_ruby {
namespace {

VALUE CopyBuffer(VALUE argument) {
  const auto* buffer = reinterpret_cast<const bp_buffer*>(argument);
  return Message(buffer->data, buffer->size, buffer->format);
}

struct Buffers {
  bp_buffer* buffers;
  size_t count;
};

VALUE CopyBuffers(VALUE argument) {
  const auto* all = reinterpret_cast<const Buffers*>(argument);
  VALUE messages = rb_ary_new_capa(static_cast<long>(all->count));
  for (size_t i = 0; i < all->count; ++i) {
    rb_ary_push(messages, CopyBuffer(reinterpret_cast<VALUE>(&all->buffers[i])));
  }
  return messages;
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

VALUE TakeMessages(bp_buffer* buffers, size_t count) {
  int state = 0;
  const Buffers all = {buffers, count};
  VALUE messages = rb_protect(CopyBuffers, reinterpret_cast<VALUE>(&all), &state);
  for (size_t i = 0; i < count; ++i) bp_buffer_free(&buffers[i]);
  if (state != 0) rb_jump_tag(state);
  return messages;
}

void FillViews(VALUE messages, bp_view* views, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    VALUE message = rb_ary_entry(messages, static_cast<long>(i));
    Check_Type(message, T_ARRAY);
    VALUE bytes = rb_ary_entry(message, 0);
    Check_Type(bytes, T_STRING);
    views[i] = {RSTRING_PTR(bytes), static_cast<size_t>(RSTRING_LEN(bytes)),
                NUM2UINT(rb_ary_entry(message, 1))};
  }
}

}  // namespace billiard_ruby
