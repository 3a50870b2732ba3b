#include "bindings/ruby/ext/billiard/place.h"

#include <string.h>

#include "bindings/ruby/ext/billiard/error.h"
#include "bindings/ruby/ext/billiard/handle.h"

namespace billiard_ruby {
namespace {

bool Fits(int64_t offset, int64_t count, uint64_t size) {
  return offset >= 0 && count >= 0 && static_cast<uint64_t>(offset) <= size &&
         static_cast<uint64_t>(count) <= size - static_cast<uint64_t>(offset);
}

VALUE Write(void* data, uint64_t size, int64_t offset, VALUE bytes) {
  StringValue(bytes);
  const int64_t count = RSTRING_LEN(bytes);
  if (!Fits(offset, count, size)) return Qfalse;
  if (count > 0) memcpy(static_cast<char*>(data) + offset, RSTRING_PTR(bytes), count);
  RB_GC_GUARD(bytes);
  return Qtrue;
}

void* DataOf(bp_memory* memory) {
  void* data = bp_memory_data(memory);
  if (data == nullptr && bp_memory_size(memory) > 0) {
    RaiseStatus(BP_STATE, rb_str_new_cstr("the object is gone"));
  }
  return data;
}

}  // namespace

VALUE MemoryRead(VALUE memory, int64_t offset, int64_t count) {
  auto* pointer = Unwrap<bp_memory>(memory);
  const auto* data = static_cast<const char*>(DataOf(pointer));
  if (!Fits(offset, count, bp_memory_size(pointer))) return Qnil;
  return rb_str_new(data + offset, count);
}

VALUE MemoryWrite(VALUE memory, int64_t offset, VALUE bytes) {
  auto* pointer = Unwrap<bp_memory>(memory);
  return Write(DataOf(pointer), bp_memory_size(pointer), offset, bytes);
}

VALUE ReservationWrite(VALUE reservation, int64_t offset, VALUE bytes) {
  void* data = bp_reservation_data(Unwrap<bp_reservation>(reservation));
  if (data == nullptr) RaiseStatus(BP_STATE, rb_str_new_cstr("the reservation is spent"));
  return Write(data, HandleOf(reservation)->room, offset, bytes);
}

}  // namespace billiard_ruby
