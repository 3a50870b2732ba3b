// Waiting without Ruby's global lock (GVL), in a way that Timeout, Thread#kill, Thread#raise and
// signals end at once.
//
// Only calls that take nothing wait here (the wait-only twins): an exception that is pending when
// the wait is over then loses no message and no result.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WAIT_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WAIT_H_

#include <ruby.h>
#include <ruby/thread.h>

#include "billiard/bp.h"
#include "bindings/ruby/ext/billiard/error.h"
#include "bindings/ruby/ext/billiard/handle.h"

namespace billiard_ruby {

// The token that ends waits of the calling thread, lowered: what an earlier wait left raised concerns
// no later call. It lives as long as the thread. A thread waits for one thing at a time, also when a
// signal handler runs between two waits.
bp_interrupt* ThreadInterrupt();

// rb_thread_check_ints for rb_protect.
VALUE CheckInts(VALUE);

// What is left of a timeout, in slices.
//
// The main thread waits 100 ms at most before it looks for signals: when it is not alone, Ruby
// tells it of a signal through another thread that happens to watch for them, and there may be
// none. Other threads are told of everything, and wait in one piece.
class Remaining {
 public:
  explicit Remaining(int64_t timeout_ns);

  // The next timeout to use; 0 only when the whole timeout was 0.
  int64_t NextSlice() const;
  bool Over() const;

 private:
  int64_t Left() const;

  int64_t timeout_ns_;
  int64_t start_ns_;
  int64_t longest_slice_ns_;
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
  // Raising a token is async-signal-safe: without that promise, Ruby would start a thread for each
  // wait of a program that has no other.
  rb_nogvl(
      [](void* argument) -> void* {
        auto* inside = static_cast<Region*>(argument);
        inside->status = (*inside->call)();
        return nullptr;
      },
      &region, [](void* token) { bp_interrupt_raise(static_cast<bp_interrupt*>(token)); },
      interrupt, RB_NOGVL_INTR_FAIL | RB_NOGVL_UBF_ASYNC_SAFE);
  EndUse(handle);
  return region.status;
}

// Runs call() until it has an answer or `timeout_ns` is over; `timeout_ns` and `error` are the
// variables that call() itself uses. Raises what was thrown at this thread before or meanwhile,
// also what Thread.handle_interrupt put off until the thread blocks.
template <typename Call>
bp_status RepeatWithoutGvl(Handle* handle, int64_t& timeout_ns, bp_interrupt* interrupt,
                           bp_error** error, Call call) {
  const Remaining remaining(timeout_ns);
  for (;;) {
    rb_thread_check_ints();
    if (handle->pointer == nullptr) return BP_CLOSED;
    timeout_ns = remaining.NextSlice();
    const bp_status status = CallWithoutGvl(handle, interrupt, call);
    const bool only_slice_over = IsAnswer(status) && !remaining.Over();
    if (status != BP_INTERRUPTED && !only_slice_over) return status;
    bp_error_release(*error);
    *error = nullptr;
  }
}

// For calls that take nothing: nothing needs undoing when an exception comes with success.
template <typename Wait>
bp_status WaitWithoutGvl(Handle* handle, int64_t& timeout_ns, bp_interrupt* interrupt,
                         bp_error** error, Wait wait) {
  const bp_status status = RepeatWithoutGvl(handle, timeout_ns, interrupt, error, wait);
  if (status >= 0) rb_thread_check_ints();
  return status;
}

template <typename Wait>
bp_status WaitWithoutGvl(VALUE object, int64_t& timeout_ns, bp_interrupt* interrupt,
                         bp_error** error, Wait wait) {
  return WaitWithoutGvl(HandleOf(object), timeout_ns, interrupt, error, wait);
}

// Runs submit() at once if it can go on at once, and else waits for a free place. A job that was
// submitted while an exception was on its way stays submitted.
template <typename Submit>
bp_status SubmitWithoutGvl(VALUE object, int64_t& timeout_ns, bp_interrupt* interrupt,
                           bp_error** error, Submit submit) {
  const int64_t wanted_ns = timeout_ns;
  timeout_ns = 1;  // 0 would be "for ever" here
  const bp_status status = submit();
  if (status != BP_FULL || wanted_ns == 1) return status;
  bp_error_release(*error);
  *error = nullptr;
  timeout_ns = wanted_ns;
  return RepeatWithoutGvl(HandleOf(object), timeout_ns, interrupt, error, submit);
}

// Raises what was thrown at this thread while something was made or taken, which undo() ends again.
template <typename Undo>
bp_status UndoIfThrown(bp_status status, Undo undo) {
  if (status < 0) return status;
  int thrown = 0;
  rb_protect(CheckInts, Qnil, &thrown);
  if (thrown == 0) return status;
  undo();
  rb_jump_tag(thrown);
}

// Runs acquire() at once if it can succeed at once, and else waits for it. What was acquired while an
// exception was on its way is given back by undo(), and the exception raised: for calls that have to
// wait in line and have no wait-only twin that does.
template <typename Acquire, typename Undo>
bp_status AcquireWithoutGvl(VALUE object, int64_t& timeout_ns, bp_interrupt* interrupt,
                            bp_error** error, Acquire acquire, Undo undo) {
  const int64_t wanted_ns = timeout_ns;
  timeout_ns = 0;
  bp_status status = acquire();
  if (!IsAnswer(status) || wanted_ns == 0) return status;
  bp_error_release(*error);
  *error = nullptr;
  timeout_ns = wanted_ns;
  return UndoIfThrown(RepeatWithoutGvl(HandleOf(object), timeout_ns, interrupt, error, acquire),
                      undo);
}

// Runs call(), a conversation with another process that concerns no handle, to its end. Not for the main
// thread, whose waits are in slices: each would begin the conversation anew.
template <typename Call, typename Undo>
bp_status CallAlone(int64_t& timeout_ns, bp_interrupt* interrupt, bp_error** error, Call call,
                    Undo undo) {
  return UndoIfThrown(RepeatWithoutGvl(NoHandle(), timeout_ns, interrupt, error, call), undo);
}

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WAIT_H_
