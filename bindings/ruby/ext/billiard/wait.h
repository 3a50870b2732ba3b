// Waiting without Ruby's global lock (GVL), in a way that Timeout, Thread#kill, Thread#raise and
// signals end at once.
//
// Only calls that take nothing wait here (the wait-only twins): an exception that is pending when the
// wait is over then loses no message and no result.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WAIT_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WAIT_H_

#include <ruby.h>
#include <ruby/thread.h>

#include "billiard/bp.h"
#include "bindings/ruby/ext/billiard/error.h"
#include "bindings/ruby/ext/billiard/handle.h"

namespace billiard_ruby {

// The token that ends waits of the calling thread; lives as long as the thread. A thread waits for one
// thing at a time, also when a signal handler runs between two waits.
bp_interrupt* ThreadInterrupt();

// What is left of a timeout. Forever stays forever.
class Remaining {
 public:
  explicit Remaining(int64_t timeout_ns);
  int64_t Nanoseconds() const;

 private:
  int64_t timeout_ns_;
  int64_t start_ns_;
};

// Runs call() -> bp_status without the GVL, once. BP_INTERRUPTED when Ruby wants something of this
// thread; then call() may not have run at all.
template <typename Call>
bp_status CallWithoutGvl(Handle* handle, bp_interrupt* interrupt, Call& call) {
  struct Region {
    Call* call;
    bp_status status;
  } region = {&call, BP_INTERRUPTED};
  bp_interrupt_reset(interrupt);
  BeginUse(handle);
  rb_thread_call_without_gvl2(
      [](void* argument) -> void* {
        auto* inside = static_cast<Region*>(argument);
        inside->status = (*inside->call)();
        return nullptr;
      },
      &region, [](void* token) { bp_interrupt_raise(static_cast<bp_interrupt*>(token)); },
      interrupt);
  EndUse(handle);
  return region.status;
}

// Runs wait() -> bp_status without the GVL until it has an answer. `timeout_ns` and `error` are the
// variables that wait() itself uses: the timeout is shortened before each try. Raises what was thrown
// at this thread before or meanwhile (also what Thread.handle_interrupt put off until it blocks);
// nothing needs undoing then.
template <typename Wait>
bp_status WaitWithoutGvl(VALUE object, int64_t& timeout_ns, bp_interrupt* interrupt,
                         bp_error** error, Wait wait) {
  Handle* handle = HandleOf(object);
  const Remaining remaining(timeout_ns);
  for (;;) {
    rb_thread_check_ints();
    if (handle->pointer == nullptr) return BP_CLOSED;
    const bp_status status = CallWithoutGvl(handle, interrupt, wait);
    if (status != BP_INTERRUPTED) {
      if (status >= 0) rb_thread_check_ints();
      return status;
    }
    bp_error_release(*error);
    *error = nullptr;
    timeout_ns = remaining.Nanoseconds();
  }
}

// Runs submit() at once if it can go on at once, and else waits without the GVL for a free place. A
// job that was submitted while an exception was on its way stays submitted.
template <typename Submit>
bp_status SubmitWithoutGvl(VALUE object, int64_t& timeout_ns, bp_interrupt* interrupt,
                           bp_error** error, Submit submit) {
  const int64_t wanted_ns = timeout_ns;
  timeout_ns = 1;  // 0 would be "for ever" here
  bp_status status = submit();
  if (status != BP_FULL || wanted_ns == 1) return status;

  Handle* handle = HandleOf(object);
  timeout_ns = wanted_ns;
  const Remaining remaining(wanted_ns);
  for (;;) {
    bp_error_release(*error);
    *error = nullptr;
    status = CallWithoutGvl(handle, interrupt, submit);
    if (status != BP_INTERRUPTED) return status;
    rb_thread_check_ints();
    if (handle->pointer == nullptr) return BP_CLOSED;
    timeout_ns = remaining.Nanoseconds();
    if (timeout_ns == 0) timeout_ns = 1;
  }
}

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WAIT_H_
