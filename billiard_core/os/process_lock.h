// A lock between the threads of one process that no fork can leave taken: a child takes over a lock whose
// holder stayed behind in its parent, in whatever state that left what the lock guards. For short
// sections only: who finds it taken gives the CPU away and looks again.
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
    explicit Hold(ProcessLock* lock) : lock_(lock), token_(lock->Lock()) {}
    ~Hold() { lock_->Unlock(); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    uint64_t token() const { return token_; }

   private:
    ProcessLock* const lock_;
    const uint64_t token_;
  };

 private:
  std::atomic<uint64_t> holder_{0};  // token of the process a thread of which has it; 0: free
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_PROCESS_LOCK_H_
