// Options of the library's objects, from what Ruby gives.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_OPTIONS_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_OPTIONS_H_

#include <ruby.h>

#include "billiard/bp.h"

namespace billiard_ruby {

// From [segment, name, flags, lock]: handles, a String and an Integer, or nil for each. Only borrows:
// `given` must outlive the call.
bp_object_options ObjectOptions(VALUE given);

// From [capacity, max_message, max_bytes, delivery, joinable].
bp_queue_options QueueOptions(VALUE given);

// From max_bytes, or nil.
bp_segment_options SegmentOptions(VALUE max_bytes);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_OPTIONS_H_
