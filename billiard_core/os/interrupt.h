// A sticky flag that ends waits (design D8), on futexes and on descriptors. Raise() is
// async-signal-safe. Lives in process memory: a forked child has its own copy. Any number of waits may
// use one token at a time; the token must outlive them.
//
// I1: word is 0 (lowered) or 1 (raised); a wait that names the token sleeps on this word too, so that a
//     raise between its check and its sleep is seen by the kernel.
// I2: descriptor_ is -1 until the first wait for descriptors; then an eventfd, poked by each raise after
//     the word is set. It may be readable with the word lowered; it is never unreadable for good while
//     the word is raised and somebody polls it.
#ifndef BILLIARD_CORE_OS_INTERRUPT_H_
#define BILLIARD_CORE_OS_INTERRUPT_H_

#include <atomic>
#include <cstdint>

namespace billiard::os {

class Interrupt {
 public:
  Interrupt() = default;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  void Raise();
  void Reset() { word_.store(0, std::memory_order_release); }
  bool raised() const { return word_.load(std::memory_order_acquire) != 0; }

 private:
  friend class FutexWaiter;
  friend class DescriptorWaiter;

  std::atomic<uint32_t> word_{0};
  std::atomic<int> descriptor_{-1};
  // The process (fork_guard.h) whose waits the descriptor is for.
  std::atomic<uint64_t> descriptor_of_{0};
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_INTERRUPT_H_
