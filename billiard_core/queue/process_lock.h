// A lock for moments within one process that a fork can not leave taken: it names the process that holds
// it, and in a forked child it is free, whatever the parent's other threads were doing.
//
// What it guards may have been copied half-changed into the child: whoever takes it for the first time in
// a process must make that anew (IsNewProcess).
//
//   ProcessLock::Hold hold(&lock_);
//   if (hold.IsNewProcess()) state_.release();  // not ours, perhaps half-changed
//
// I1: word_ is the token of the process one of whose threads holds the lock, or 0. used_by_ is that of
//     the last process that held it, and is changed by the holder alone.
#ifndef BILLIARD_CORE_QUEUE_PROCESS_LOCK_H_
#define BILLIARD_CORE_QUEUE_PROCESS_LOCK_H_

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "billiard_core/os/fork_guard.h"

namespace billiard::queue {

class ProcessLock {
 public:
  class Hold {
   public:
    explicit Hold(ProcessLock* lock) : lock_(lock), new_process_(lock->Take()) {}
    ~Hold() { lock_->word_.store(0, std::memory_order_release); }  // [PROCESS-LOCK]
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    bool IsNewProcess() const { return new_process_; }

   private:
    ProcessLock* const lock_;
    const bool new_process_;
  };

 private:
  bool Take() {
    const uint64_t token = os::ProcessToken();
    uint64_t holder = word_.load(std::memory_order_relaxed);  // the CAS orders
    for (;;) {
      if (holder == token) {
        sched_yield();
        holder = word_.load(std::memory_order_relaxed);
      } else if (word_.compare_exchange_weak(holder, token, std::memory_order_acquire)) {
        break;  // [PROCESS-LOCK]
      }
    }
    const bool new_process = used_by_ != token;
    used_by_ = token;
    return new_process;
  }

  std::atomic<uint64_t> word_{0};
  uint64_t used_by_ = 0;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_PROCESS_LOCK_H_
