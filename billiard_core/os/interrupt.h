// A sticky flag that ends futex waits (design D8). Raise() is async-signal-safe. Lives in process
// memory: a forked child has its own copy. Any number of waits may use one token at a time; the token
// must outlive them.
//
// I1: word is 0 (lowered) or 1 (raised); a wait that names the token sleeps on this word too, so that a
//     raise between its check and its sleep is seen by the kernel.
#ifndef BILLIARD_CORE_OS_INTERRUPT_H_
#define BILLIARD_CORE_OS_INTERRUPT_H_

#include <atomic>
#include <cstdint>

namespace billiard::os {

class Interrupt {
 public:
  void Raise();
  void Reset() { word_.store(0, std::memory_order_release); }
  bool raised() const { return word_.load(std::memory_order_acquire) != 0; }

 private:
  friend class FutexWaiter;
  std::atomic<uint32_t> word_{0};
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_INTERRUPT_H_
