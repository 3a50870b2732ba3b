#include "bindings/ruby/ext/billiard/options.h"

#include "bindings/ruby/ext/billiard/handle.h"

namespace billiard_ruby {
namespace {

bool IsHandleOf(VALUE object, const rb_data_type_t* type) {
  return rb_typeddata_is_kind_of(object, type) != 0;
}

}  // namespace

bp_object_options ObjectOptions(VALUE given) {
  Check_Type(given, T_ARRAY);
  VALUE segment = rb_ary_entry(given, 0);
  VALUE name = rb_ary_entry(given, 1);
  VALUE flags = rb_ary_entry(given, 2);
  VALUE lock = rb_ary_entry(given, 3);
  bp_object_options options;
  bp_object_options_init(&options, sizeof options);
  if (!NIL_P(segment)) options.segment = Unwrap<bp_segment>(segment);
  if (!NIL_P(name)) options.name = StringValueCStr(name);
  if (!NIL_P(flags)) options.flags = NUM2UINT(flags);
  if (NIL_P(lock)) return options;
  if (IsHandleOf(lock, HandleKind<bp_lock>::Type())) {
    options.lock = Unwrap<bp_lock>(lock);
  } else {
    options.rlock = Unwrap<bp_rlock>(lock);
  }
  return options;
}

bp_queue_options QueueOptions(VALUE given) {
  Check_Type(given, T_ARRAY);
  bp_queue_options options;
  bp_queue_options_init(&options, sizeof options);
  options.capacity = NUM2UINT(rb_ary_entry(given, 0));
  options.max_message = NUM2ULL(rb_ary_entry(given, 1));
  options.max_bytes = NUM2ULL(rb_ary_entry(given, 2));
  options.delivery = NUM2UINT(rb_ary_entry(given, 3));
  options.joinable = NUM2UINT(rb_ary_entry(given, 4));
  return options;
}

bp_segment_options SegmentOptions(VALUE max_bytes) {
  bp_segment_options options;
  bp_segment_options_init(&options, sizeof options);
  if (!NIL_P(max_bytes)) options.max_bytes = NUM2ULL(max_bytes);
  return options;
}

}  // namespace billiard_ruby
