// Bytes in shared memory, copied to and from Ruby.
//
// A String that lay in shared memory would outlive it: Ruby's Strings share their bytes with others
// made from them. So bytes are always copied, once.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_PLACE_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_PLACE_H_

#include <ruby.h>

#include "billiard/bp.h"

namespace billiard_ruby {

// `count` bytes from `offset` on as a binary String; nil when there are not so many.
VALUE MemoryRead(VALUE memory, int64_t offset, int64_t count);

// Whether the bytes fitted; else nothing was written.
VALUE MemoryWrite(VALUE memory, int64_t offset, VALUE bytes);

// The same for a reservation.
VALUE ReservationWrite(VALUE reservation, int64_t offset, VALUE bytes);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_PLACE_H_
