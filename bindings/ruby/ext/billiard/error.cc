#include "bindings/ruby/ext/billiard/error.h"

#include <ruby/encoding.h>

namespace billiard_ruby {
namespace {

[[noreturn]] void Raise(int argc, const VALUE* argv) {
  VALUE errors = rb_path2class("Billiard::Error");
  VALUE exception = rb_funcallv(errors, rb_intern("from_native"), argc, argv);
  rb_exc_raise(exception);
}

}  // namespace

bool IsAnswer(bp_status status) {
  return status == BP_TIMEOUT || status == BP_EMPTY || status == BP_FULL;
}

void RaiseError(bp_status status, bp_error* error) {
  const VALUE details[] = {
      INT2NUM(status),
      rb_utf8_str_new_cstr(bp_error_message(error)),
      INT2NUM(bp_error_errno(error)),
      rb_utf8_str_new_cstr(bp_error_class(error)),
      rb_utf8_str_new_cstr(bp_error_backtrace(error)),
      bp_error_job(error) == BP_NO_JOB ? Qnil : ULL2NUM(bp_error_job(error)),
      bp_error_pid(error) == 0 ? Qnil : INT2NUM(bp_error_pid(error)),
      bp_error_exit_status(error) == BP_EXIT_UNKNOWN ? Qnil : INT2NUM(bp_error_exit_status(error)),
      bp_error_out_of_memory(error) != 0 ? Qtrue : Qfalse,
  };
  bp_error_release(error);
  Raise(9, details);
}

void RaiseStatus(bp_status status, VALUE message) {
  const VALUE details[] = {INT2NUM(status), message};
  Raise(2, details);
}

}  // namespace billiard_ruby
