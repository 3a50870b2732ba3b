// From a status and its bp_error to a Ruby exception. The classes are chosen in
// lib/billiard/errors.rb.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_ERROR_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_ERROR_H_

#include <ruby.h>

#include "billiard/bp.h"

namespace billiard_ruby {

// Statuses that are answers and not failures: the thing waited for did not come (in time). A
// wrapper returns nil or false for them, so that polling costs no exception.
bool IsAnswer(bp_status status);

// Releases `error` and raises the exception for it.
[[noreturn]] void RaiseError(bp_status status, bp_error* error);

// The same for a failure found by the binding itself.
[[noreturn]] void RaiseStatus(bp_status status, VALUE message);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_ERROR_H_
