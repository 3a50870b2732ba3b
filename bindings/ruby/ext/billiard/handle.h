// Ruby objects that own one pointer of the library each.
//
// All fields of a Handle are read and written with the GVL held. While a thread waits on a handle
// without the GVL, `uses` counts it: a release meanwhile is put off until the last such thread is
// back, since the library allows no other call on a handle that is being released.
//
// A handle may have a parent that must outlive it in the library (a barrier its arrivals, a condition
// its waiters). The parent's release is put off too, also by the garbage collector, which frees the
// two in any order: children hold the parent's struct, not its object.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HANDLE_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HANDLE_H_

#include <ruby.h>
#include <sys/types.h>

#include "billiard/bp.h"
#include "bindings/interface/calls.h"
#include "bindings/interface/connections.h"
#include "bindings/interface/job_options.h"
#include "bindings/interface/maps.h"
#include "bindings/interface/pool_builder.h"
#include "bindings/interface/process_builder.h"
#include "bindings/interface/processes.h"

namespace billiard_ruby {

struct Handle {
  void* pointer;
  void (*release)(void* pointer);
  const char* what;     // "pool", for messages
  bool release_blocks;  // then a garbage collection may not call it
  bool release_wanted;  // asked for while in use
  bool collected;       // its object is gone; the struct stays for its children
  int uses;
  int children;
  Handle* parent;  // NULL: none
  uint64_t room;   // of a reservation: bytes
  pid_t owner;     // the process that made it
};

// What differs between kinds of handles.
template <typename T>
struct HandleKind;

// An empty handle of this kind; the library fills *Slot().
VALUE NewHandle(const rb_data_type_t* type, const char* what, void (*release)(void*),
                bool release_blocks);

// Gives an empty handle its parent, the handle inside `parent`.
void SetParent(VALUE object, VALUE parent);

// The handle inside a Ruby object, whatever its kind; raises TypeError for any other object.
Handle* HandleOf(VALUE object);

// The pointer inside; raises TypeError for another kind and Billiard::ClosedError when released.
void* PointerOf(VALUE object, const rb_data_type_t* type);

// Releases now, or when the last waiting thread is back and the last child gone; once, however often it is called. Gives
// the GVL away where that may block.
void ReleaseHandle(VALUE object);

// For calls that concern no handle but wait as those that do.
Handle* NoHandle();

// Brackets of a wait without the GVL. EndUse must follow BeginUse on every path.
void BeginUse(Handle* handle);
void EndUse(Handle* handle);

// Makes the class of all handles, in the module Billiard::Native; once, before any handle.
void DefineHandleClass(VALUE native);

void MarkNothing(void*);
void FreeHandle(void* handle);
size_t HandleSize(const void* handle);

#define BILLIARD_RUBY_HANDLE(T, text, release_function, blocks)                        \
  template <>                                                                          \
  struct HandleKind<T> {                                                               \
    static const rb_data_type_t* Type() {                                              \
      static const rb_data_type_t type = {                                             \
          "Billiard::Native::" #T,                                                     \
          {MarkNothing, FreeHandle, HandleSize, nullptr, {nullptr}},                   \
          nullptr,                                                                     \
          nullptr,                                                                     \
          RUBY_TYPED_FREE_IMMEDIATELY};                                                \
      return &type;                                                                    \
    }                                                                                  \
    static void Release(void* pointer) { release_function(static_cast<T*>(pointer)); } \
    static VALUE New() { return NewHandle(Type(), text, Release, blocks); }            \
  }

inline void ReleaseNothing(void*) {}

BILLIARD_RUBY_HANDLE(bp_pool, "pool", bp_pool_release, true);
BILLIARD_RUBY_HANDLE(bp_result, "result", bp_result_release, false);
BILLIARD_RUBY_HANDLE(bp_queue, "queue", bp_queue_release, false);
BILLIARD_RUBY_HANDLE(bp_worker, "worker", bp_worker_release, false);
BILLIARD_RUBY_HANDLE(bp_job, "job", ReleaseNothing, false);  // belongs to its worker
BILLIARD_RUBY_HANDLE(bp_message, "message", bp_message_release, false);
BILLIARD_RUBY_HANDLE(bp_reservation, "reservation", bp_reservation_release, false);
BILLIARD_RUBY_HANDLE(bp_segment, "segment", bp_segment_release, false);
BILLIARD_RUBY_HANDLE(bp_memory, "memory", bp_memory_release, false);
BILLIARD_RUBY_HANDLE(bp_lock, "lock", bp_lock_release, false);
BILLIARD_RUBY_HANDLE(bp_rlock, "rlock", bp_rlock_release, false);
BILLIARD_RUBY_HANDLE(bp_semaphore, "semaphore", bp_semaphore_release, false);
BILLIARD_RUBY_HANDLE(bp_condition, "condition", bp_condition_release, false);
BILLIARD_RUBY_HANDLE(bp_waiter, "waiter", bp_waiter_release, false);
BILLIARD_RUBY_HANDLE(bp_event, "event", bp_event_release, false);
BILLIARD_RUBY_HANDLE(bp_barrier, "barrier", bp_barrier_release, false);
BILLIARD_RUBY_HANDLE(bp_arrival, "arrival", bp_arrival_release, false);
BILLIARD_RUBY_HANDLE(bp_value, "value", bp_value_release, false);
BILLIARD_RUBY_HANDLE(bp_array, "array", bp_array_release, false);
BILLIARD_RUBY_HANDLE(bpi_names, "list of names", bpi_names_free, false);
BILLIARD_RUBY_HANDLE(bpi_snapshot, "snapshot", bpi_snapshot_free, false);
BILLIARD_RUBY_HANDLE(bp_map_result, "result of a map", bp_map_result_release, false);
BILLIARD_RUBY_HANDLE(bp_imap_iterator, "iteration", bp_imap_release, false);
BILLIARD_RUBY_HANDLE(bp_pool_watch, "watch", bp_pool_watch_release, false);
BILLIARD_RUBY_HANDLE(bpi_batch, "batch", bpi_batch_free, false);
BILLIARD_RUBY_HANDLE(bpi_job_options, "job options", bpi_job_options_free, false);
BILLIARD_RUBY_HANDLE(bp_connection, "connection", bp_connection_release, false);
BILLIARD_RUBY_HANDLE(bp_listener, "listener", bp_listener_release, false);
BILLIARD_RUBY_HANDLE(bpi_fds, "list of descriptors", bpi_fds_free, false);
BILLIARD_RUBY_HANDLE(bp_process, "process", bp_process_release, false);
BILLIARD_RUBY_HANDLE(bpi_process_builder, "process builder", bpi_process_builder_free, false);
BILLIARD_RUBY_HANDLE(bpi_process_list, "list of processes", bpi_process_list_free, false);
BILLIARD_RUBY_HANDLE(bpi_pool_builder, "pool builder", bpi_pool_builder_free, false);

#undef BILLIARD_RUBY_HANDLE

template <typename T>
VALUE NewHandle() {
  return HandleKind<T>::New();
}

template <typename T>
VALUE NewChild(VALUE parent) {
  VALUE object = NewHandle<T>();
  SetParent(object, parent);
  return object;
}

template <typename T>
T** Slot(VALUE object) {
  return reinterpret_cast<T**>(&HandleOf(object)->pointer);
}

template <typename T>
VALUE Wrap(T* pointer) {
  VALUE object = NewHandle<T>();
  *Slot<T>(object) = pointer;
  return object;
}

// A handle that never releases its pointer.
template <typename T>
VALUE Borrow(T* pointer) {
  VALUE object = Wrap(pointer);
  HandleOf(object)->release = ReleaseNothing;
  return object;
}

template <typename T>
T* Unwrap(VALUE object) {
  return static_cast<T*>(PointerOf(object, HandleKind<T>::Type()));
}

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HANDLE_H_
