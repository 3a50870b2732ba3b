#include "bindings/ruby/ext/billiard/hold.h"

#include <unistd.h>

#include "bindings/ruby/ext/billiard/error.h"
#include "bindings/ruby/ext/billiard/handle.h"
#include "bindings/ruby/ext/billiard/wait.h"

namespace billiard_ruby {
namespace {

template <typename T>
struct Held {
  T* pointer;
  uint64_t owner_token;
  bp_status (*give_back)(T*, uint64_t, bp_error**);
  Handle* handle;
  bp_status taken;
  pid_t holder;
  bool block_ended;
};

template <typename T>
VALUE RunBlock(VALUE argument) {
  auto* held = reinterpret_cast<Held<T>*>(argument);
  VALUE value = rb_yield(held->taken == BP_OK ? Qtrue : INT2FIX(held->taken));
  held->block_ended = true;
  return value;
}

template <typename T>
VALUE GiveBack(VALUE argument) {
  auto* held = reinterpret_cast<Held<T>*>(argument);
  bp_error* error = nullptr;
  bp_status status = BP_OK;
  if (held->holder == getpid()) {
    status = held->give_back(held->pointer, held->owner_token, &error);
  }
  EndUse(held->handle);
  if (status < 0 && held->block_ended) RaiseError(status, error);
  bp_error_release(error);
  return Qnil;
}

template <typename T>
VALUE YieldHeld(VALUE object, bp_status taken, uint64_t owner_token,
                bp_status (*give_back)(T*, uint64_t, bp_error**)) {
  Held<T> held{Unwrap<T>(object), owner_token, give_back, HandleOf(object), taken, getpid(), false};
  BeginUse(held.handle);
  VALUE argument = reinterpret_cast<VALUE>(&held);
  return rb_ary_new_from_args(1, rb_ensure(RunBlock<T>, argument, GiveBack<T>, argument));
}

template <typename T>
VALUE Hold(VALUE object, uint64_t owner_token, bp_status (*take)(T*, uint64_t, bp_error**),
           bp_status (*give_back)(T*, uint64_t, bp_error**)) {
  rb_need_block();
  bp_error* error = nullptr;
  const bp_status status = take(Unwrap<T>(object), owner_token, &error);
  if (status < 0 && !IsAnswer(status)) RaiseError(status, error);
  bp_error_release(error);
  return status < 0 ? Qnil : YieldHeld<T>(object, status, owner_token, give_back);
}

}  // namespace

VALUE HoldLock(VALUE lock, int64_t timeout_ns) {
  rb_need_block();
  auto* pointer = Unwrap<bp_lock>(lock);
  bp_interrupt* interrupt = ThreadInterrupt();
  bp_error* error = nullptr;
  const bp_status status = AcquireWithoutGvl(
      lock, timeout_ns, interrupt, &error,
      [&] { return bp_lock_acquire(pointer, timeout_ns, interrupt, &error); },
      [&] { bp_lock_unlock(pointer, nullptr); });
  if (status < 0 && !IsAnswer(status)) RaiseError(status, error);
  bp_error_release(error);
  if (status < 0) return Qnil;
  return YieldHeld<bp_lock>(lock, status, 0, [](bp_lock* held, uint64_t, bp_error** failure) {
    return bp_lock_unlock(held, failure);
  });
}

VALUE HoldRLock(VALUE rlock, uint64_t owner_token) {
  return Hold<bp_rlock>(
      rlock, owner_token,
      [](bp_rlock* pointer, uint64_t token, bp_error** error) {
        return bp_rlock_acquire(pointer, token, 0, nullptr, error);
      },
      bp_rlock_unlock);
}

VALUE HoldSemaphore(VALUE semaphore) {
  return Hold<bp_semaphore>(
      semaphore, 0,
      [](bp_semaphore* pointer, uint64_t, bp_error** error) {
        return bp_semaphore_acquire(pointer, 0, nullptr, error);
      },
      [](bp_semaphore* pointer, uint64_t, bp_error** error) {
        return bp_semaphore_post(pointer, 1, error);
      });
}

VALUE HoldCondition(VALUE condition, uint64_t owner_token) {
  return Hold<bp_condition>(
      condition, owner_token,
      [](bp_condition* pointer, uint64_t token, bp_error** error) {
        return bp_condition_acquire(pointer, token, 0, nullptr, error);
      },
      bp_condition_unlock);
}

VALUE HoldValue(VALUE value, uint64_t owner_token) {
  return Hold<bp_value>(
      value, owner_token,
      [](bp_value* pointer, uint64_t token, bp_error** error) {
        return bp_value_acquire(pointer, token, 0, nullptr, error);
      },
      bp_value_unlock);
}

VALUE HoldArray(VALUE array, uint64_t owner_token) {
  return Hold<bp_array>(
      array, owner_token,
      [](bp_array* pointer, uint64_t token, bp_error** error) {
        return bp_array_acquire(pointer, token, 0, nullptr, error);
      },
      bp_array_unlock);
}

}  // namespace billiard_ruby
