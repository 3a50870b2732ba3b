// A lock between the threads of one process that no fork can leave taken: a child takes over a lock whose
// holder stayed behind in its parent, in whatever state that left what the lock guards. For short
// sections only: who finds it taken gives the CPU away and looks again.
//
//   ProcessLock::Hold hold(&lock_);
//   if (hold.IsNewProcess()) state_.release();  // the parent's, perhaps half-changed
//
// I1: holder_ is the token of the process one of whose threads holds the lock, or 0. used_by_ is that of
//     the last process that took it by a Hold, and is changed by the holder alone.
#ifndef BILLIARD_CORE_OS_PROCESS_LOCK_H_
#define BILLIARD_CORE_OS_PROCESS_LOCK_H_

#include <atomic>
#include <cstdint>

namespace billiard::os {

class ProcessLock {
 public:
  constexpr ProcessLock() = default;
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;

  // Returns this process's token (fork_guard.h), which says whose the guarded state is.
  uint64_t Lock();
  void Unlock() { holder_.store(0, std::memory_order_release); }  // [LOCK]

  class Hold {
   public:
    explicit Hold(ProcessLock* lock)
        : lock_(lock), token_(lock->Lock()), new_process_(lock->used_by_ != token_) {
      lock->used_by_ = token_;
    }
    ~Hold() { lock_->Unlock(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    uint64_t token() const { return token_; }
    // No Hold was taken in this process before: what the lock guards may be of its parent.
    bool IsNewProcess() const { return new_process_; }

   private:
    ProcessLock* const lock_;
    const uint64_t token_;
    const bool new_process_;
  };

 private:
  std::atomic<uint64_t> holder_{0};
  uint64_t used_by_ = 0;
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_PROCESS_LOCK_H_
