#include "bindings/ruby/ext/billiard/handle.h"

#include <pthread.h>
#include <ruby/thread.h>
#include <signal.h>
#include <unistd.h>

#include "bindings/ruby/ext/billiard/error.h"

namespace billiard_ruby {
namespace {

struct Detached {
  void (*release)(void*);
  void* pointer;
};

void* RunDetached(void* argument) {
  auto* detached = static_cast<Detached*>(argument);
  detached->release(detached->pointer);
  delete detached;
  return nullptr;
}

// A garbage collection must neither block nor join, so a pool that nobody ended is ended by a
// thread of its own. No signal of the program may be handled there. Without a thread the pool is
// left: its processes end with this one.
void ReleaseElsewhere(Handle* handle) {
  auto* detached = new Detached{handle->release, handle->pointer};
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, RunDetached, detached) == 0) {
    pthread_detach(thread);
  } else {
    delete detached;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// What a garbage collection does with the pointer. In a forked child releasing frees only the
// child's copy, which never blocks.
void FreePointer(Handle* handle) {
  if (handle->pointer == nullptr) return;
  if (handle->release_blocks && handle->owner == getpid()) {
    ReleaseElsewhere(handle);
  } else {
    handle->release(handle->pointer);
  }
  handle->pointer = nullptr;
}

void* ReleaseOnce(void* argument) {
  auto* detached = static_cast<Detached*>(argument);
  if (detached->pointer != nullptr) detached->release(detached->pointer);
  detached->pointer = nullptr;
  return nullptr;
}

// An exception that is on its way to this thread keeps Ruby from giving the GVL away: then the
// release happens with it. Raises nothing, as the pointer is gone either way.
void ReleaseNow(Handle* handle) {
  Detached detached{handle->release, handle->pointer};
  handle->pointer = nullptr;
  if (handle->release_blocks) {
    rb_thread_call_without_gvl2(ReleaseOnce, &detached, nullptr, nullptr);
  }
  ReleaseOnce(&detached);
}

// The handle is out of use: it no longer keeps its parent. (Parents have none of their own.)
void LeaveParent(Handle* handle, void (*release_parent)(Handle*)) {
  Handle* parent = handle->parent;
  handle->parent = nullptr;
  if (parent == nullptr || --parent->children > 0) return;
  if (parent->collected) {
    FreePointer(parent);
    xfree(parent);
  } else if (parent->release_wanted && parent->uses == 0) {
    parent->release_wanted = false;
    release_parent(parent);
  }
}

void ReleaseUnused(Handle* handle) {
  ReleaseNow(handle);
  LeaveParent(handle, ReleaseNow);
}

VALUE handle_class = Qnil;

VALUE HandleClass() { return handle_class; }

}  // namespace

void DefineHandleClass(VALUE native) {
  handle_class = rb_define_class_under(native, "Handle", rb_cObject);
  rb_undef_alloc_func(handle_class);
  rb_gc_register_mark_object(handle_class);
}

void MarkNothing(void*) {}

void FreeHandle(void* data) {
  auto* handle = static_cast<Handle*>(data);
  if (handle->children > 0) {
    handle->collected = true;
    return;
  }
  FreePointer(handle);
  LeaveParent(handle, FreePointer);
  xfree(handle);
}

size_t HandleSize(const void*) { return sizeof(Handle); }

VALUE NewHandle(const rb_data_type_t* type, const char* what, void (*release)(void*),
                bool release_blocks) {
  Handle* handle;
  VALUE object = TypedData_Make_Struct(HandleClass(), Handle, type, handle);
  handle->release = release;
  handle->what = what;
  handle->release_blocks = release_blocks;
  handle->owner = getpid();
  return object;
}

void SetParent(VALUE object, VALUE parent) {
  Handle* handle = HandleOf(object);
  handle->parent = HandleOf(parent);
  ++handle->parent->children;
}

Handle* HandleOf(VALUE object) {
  if (!rb_obj_is_kind_of(object, HandleClass())) {
    rb_raise(rb_eTypeError, "no handle of Billiard: %" PRIsVALUE, rb_obj_class(object));
  }
  return static_cast<Handle*>(RTYPEDDATA_DATA(object));
}

void* PointerOf(VALUE object, const rb_data_type_t* type) {
  auto* handle = static_cast<Handle*>(rb_check_typeddata(object, type));
  if (handle->pointer == nullptr) {
    RaiseStatus(BP_CLOSED, rb_sprintf("the %s has been released", handle->what));
  }
  return handle->pointer;
}

void ReleaseHandle(VALUE object) {
  Handle* handle = HandleOf(object);
  if (handle->uses > 0 || handle->children > 0) {
    handle->release_wanted = true;
  } else if (handle->pointer != nullptr) {
    ReleaseUnused(handle);
  }
}

Handle* NoHandle() {
  static Handle none = {&none, ReleaseNothing, "none", false, false, false, 0, 0, nullptr, 0, 0};
  return &none;
}

void BeginUse(Handle* handle) { ++handle->uses; }

void EndUse(Handle* handle) {
  if (--handle->uses > 0 || handle->children > 0 || !handle->release_wanted) return;
  handle->release_wanted = false;
  ReleaseUnused(handle);
}

}  // namespace billiard_ruby
