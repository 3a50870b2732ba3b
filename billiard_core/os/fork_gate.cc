#include "billiard_core/os/fork_gate.h"

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "billiard_core/os/futex.h"

namespace billiard::os {
namespace {

// I1: the word is the number of holds, plus kForking while a fork is under way or waits for them to end.
// I2: while kForking is set no new hold begins.
constexpr uint32_t kForking = 1u << 31;
std::atomic<uint32_t> gate{0};
thread_local int holds_of_thread = 0;  // only the outermost is counted in the word

void CloseGate() {
  uint32_t word = gate.load(std::memory_order_relaxed);
  while (true) {
    if ((word & kForking) != 0) {  // another thread forks: its turn first
      FutexWait(&gate, word, Deadline::Forever());
      word = gate.load(std::memory_order_relaxed);
    } else if (gate.compare_exchange_weak(word, word | kForking)) {
      break;
    }
  }
  while ((word = gate.load(std::memory_order_acquire)) != kForking) {
    FutexWait(&gate, word, Deadline::Forever());
  }
}

void OpenGate() {
  gate.store(0, std::memory_order_release);
  FutexWake(&gate, kWakeAll);
}

}  // namespace

ForkGate::Hold::Hold() {
  if (holds_of_thread++ > 0) return;  // a fork that waits for this thread must not be waited for
  uint32_t word = gate.load(std::memory_order_relaxed);
  while (true) {
    if ((word & kForking) != 0) {
      FutexWait(&gate, word, Deadline::Forever());
      word = gate.load(std::memory_order_relaxed);
    } else if (gate.compare_exchange_weak(word, word + 1, std::memory_order_acquire)) {
      return;
    }
  }
}

ForkGate::Hold::~Hold() {
  if (--holds_of_thread > 0) return;
  const uint32_t before = gate.fetch_sub(1, std::memory_order_release);
  if ((before & kForking) != 0) FutexWake(&gate, kWakeAll);
}

void ForkGate::Install() {
  static const int installed = pthread_atfork(CloseGate, OpenGate, OpenGate);
  (void)installed;
}

}  // namespace billiard::os
