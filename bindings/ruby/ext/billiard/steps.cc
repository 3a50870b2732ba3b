#include "bindings/ruby/ext/billiard/steps.h"

#include "bindings/ruby/ext/billiard/error.h"
#include "bindings/ruby/ext/billiard/handle.h"
#include "bindings/ruby/ext/billiard/wait.h"

namespace billiard_ruby {
namespace {

constexpr int64_t kLockSliceNs = 20'000'000;

struct Wait {
  bp_condition* condition;
  uint64_t owner_token;
  VALUE object;  // the waiter's
  bp_waiter* waiter;
  VALUE wait_for_lock;
  bool block_ended;
  int32_t notified;
  bp_status status;
};

VALUE RunBlock(VALUE argument) {
  auto* wait = reinterpret_cast<Wait*>(argument);
  VALUE value = rb_yield(wait->object);
  wait->block_ended = true;
  return value;
}

VALUE CallWaitForLock(VALUE argument) {
  auto* wait = reinterpret_cast<Wait*>(argument);
  return rb_funcall(wait->wait_for_lock, rb_intern("call"), 1, wait->object);
}

// Waits for the lock, at most one slice. For when the other way ends at once, again and again: then
// the holder, if it is another thread of this process, would never get the GVL.
VALUE WaitForLockAnyway(VALUE argument) {
  auto* wait = reinterpret_cast<Wait*>(argument);
  rb_nogvl(
      [](void* waiter) -> void* {
        bp_waiter_wait_lock(static_cast<bp_waiter*>(waiter), kLockSliceNs, nullptr, nullptr);
        return nullptr;
      },
      wait->waiter, nullptr, nullptr, RB_NOGVL_INTR_FAIL);
  rb_thread_schedule();
  return Qnil;
}

VALUE LetOthersRun(VALUE) {
  rb_thread_schedule();
  return Qnil;
}

// An exception, or the thread's end, is kept for later.
void CallAndKeep(VALUE (*call)(VALUE), VALUE argument, int* thrown) {
  int state = 0;
  rb_protect(call, argument, &state);
  if (state != 0) *thrown = state;
}

// Takes the lock again. An exception meanwhile, the thread's own end included, waits until it is held.
VALUE EndWait(VALUE argument) {
  auto* wait = reinterpret_cast<Wait*>(argument);
  int thrown = 0;
  // A thread that waited for this fiber was killed, and is on its way back.
  while (HandleOf(wait->object)->uses > 0) CallAndKeep(LetOthersRun, Qnil, &thrown);
  for (;;) {
    wait->status = bp_waiter_end(wait->waiter, 0, nullptr, &wait->notified, nullptr);
    if (wait->status != BP_TIMEOUT) break;
    const int before = thrown;
    thrown = 0;
    CallAndKeep(CallWaitForLock, argument, &thrown);
    if (thrown != 0) CallAndKeep(WaitForLockAnyway, argument, &thrown);
    if (thrown == 0) thrown = before;
  }
  // Who leaves by an exception makes no use of the notification: it goes to the next waiter.
  const bool torn_away = !wait->block_ended || thrown != 0;
  if (wait->status >= 0 && wait->notified == 1 && torn_away) {
    bp_condition_notify(wait->condition, wait->owner_token, 1, nullptr);
  }
  ReleaseHandle(wait->object);
  if (thrown != 0) rb_jump_tag(thrown);
  return Qnil;
}

VALUE ReleaseInEnsure(VALUE object) {
  ReleaseHandle(object);
  return Qnil;
}

}  // namespace

VALUE ConditionWait(VALUE condition, uint64_t owner_token, VALUE wait_for_lock) {
  rb_need_block();
  auto* pointer = Unwrap<bp_condition>(condition);
  Wait wait = {pointer, owner_token, NewChild<bp_waiter>(condition), nullptr, wait_for_lock, false,
               0,       BP_OK};
  bp_error* error = nullptr;
  const bp_status status =
      bp_condition_begin_wait(pointer, owner_token, Slot<bp_waiter>(wait.object), &error);
  if (status < 0) RaiseError(status, error);
  wait.waiter = *Slot<bp_waiter>(wait.object);
  rb_ensure(RunBlock, reinterpret_cast<VALUE>(&wait), EndWait, reinterpret_cast<VALUE>(&wait));
  if (wait.status < 0) RaiseStatus(wait.status, rb_str_new_cstr(""));
  return rb_assoc_new(wait.notified == 1 ? Qtrue : Qfalse, INT2FIX(wait.status));
}

VALUE WithArrival(VALUE barrier) {
  rb_need_block();
  auto* pointer = Unwrap<bp_barrier>(barrier);
  VALUE arrival = NewChild<bp_arrival>(barrier);
  bp_error* error = nullptr;
  const bp_status status =
      bp_barrier_arrive(pointer, 0, nullptr, Slot<bp_arrival>(arrival), &error);
  if (status < 0) {
    if (!IsAnswer(status)) RaiseError(status, error);
    bp_error_release(error);
    return Qnil;
  }
  return rb_ary_new_from_args(1, rb_ensure(rb_yield, arrival, ReleaseInEnsure, arrival));
}

}  // namespace billiard_ruby
