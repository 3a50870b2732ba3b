#include "bindings/ruby/ext/billiard/worker_main.h"

#include <errno.h>

#include "bindings/ruby/ext/billiard/handle.h"
#include "bindings/ruby/ext/billiard/held_block.h"

namespace billiard_ruby {
namespace {

constexpr int kExitFailed = 1;

// ---- fork ----

VALUE CallFork(VALUE) { return rb_funcall(rb_mProcess, rb_intern("_fork"), 0); }

// What a hook around _fork raised that is no error of the system; nil: nothing.
VALUE fork_error = Qnil;

void KeepForkError(VALUE exception) {
  static bool registered = false;
  if (!registered) rb_gc_register_address(&fork_error);
  registered = true;
  fork_error = exception;
}

// The errno of Errno::EAGAIN and its like; ECANCELED for anything else, which is kept.
int ErrnoOfException(VALUE exception) {
  if (!rb_obj_is_kind_of(exception, rb_eSystemCallError)) {
    KeepForkError(exception);
    return ECANCELED;
  }
  return NUM2INT(rb_funcall(exception, rb_intern("errno"), 0));
}

// ---- worker ----

struct WorkerCall {
  bp_worker* worker;
  VALUE block;
};

VALUE CallBlock(VALUE argument) {
  auto* call = reinterpret_cast<WorkerCall*>(argument);
  return rb_funcall(call->block, rb_intern("call"), 1, Borrow(call->worker));
}

// The block handles its own exceptions; what still comes out (a throw, Thread#kill of the main
// thread) ends the worker and never returns into the host's frames above.
int WorkerMain(bp_worker* worker, void* context) {
  WorkerCall call = {worker, HeldBlockOf(context)};
  int state = 0;
  VALUE status = rb_protect(CallBlock, reinterpret_cast<VALUE>(&call), &state);
  if (state == 0 && FIXNUM_P(status)) return FIX2INT(status);
  rb_set_errinfo(Qnil);
  return kExitFailed;
}

}  // namespace

int32_t ForkProcess(void*) {
  int state = 0;
  VALUE pid = rb_protect(CallFork, Qnil, &state);
  if (state == 0) return NUM2INT(pid);
  VALUE exception = rb_errinfo();
  rb_set_errinfo(Qnil);
  errno = ErrnoOfException(exception);
  return -1;
}

void ForkThroughRuby(bpi_pool_builder* builder) {
  bpi_pool_builder_set_fork_process(builder, ForkProcess, nullptr);
  bpi_pool_builder_set_force_fork(builder, 1);
}

VALUE TakeForkError() {
  VALUE exception = fork_error;
  fork_error = Qnil;
  return exception;
}

VALUE SetWorkerBlock(bpi_pool_builder* builder, int32_t group, VALUE block) {
  void* context;
  VALUE holder = HoldBlock(block, &context);
  bpi_pool_builder_set_worker_main(builder, group, WorkerMain, context);
  return holder;
}

}  // namespace billiard_ruby
