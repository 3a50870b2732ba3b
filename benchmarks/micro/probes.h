// What the machine can do at best, for the benchmarks of this folder: each is the least that could do the
// same work, with no crash safety and no checks, and runs in the same binary as what it is a limit of
// (benchmarks/README.md tells how to read the ratios). Peers of ours from the C library stand here too.
//
// Those that several processes use are made before the children that share them.
#ifndef BILLIARD_BENCHMARKS_MICRO_PROBES_H_
#define BILLIARD_BENCHMARKS_MICRO_PROBES_H_

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/futex.h"
#include "tests/support/child/child.h"

namespace billiard::benchmarks {

// The C library's mutex in shared memory, robust or not.
template <bool kRobust>
class PthreadMutex {
 public:
  PthreadMutex() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (kRobust) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (pthread_mutex_init(&*mutex_, &attributes) != 0) abort();
  }
  void Join() {}
  void Acquire() {
    if (pthread_mutex_lock(&*mutex_) != 0) abort();
  }
  void Release() { pthread_mutex_unlock(&*mutex_); }
  pthread_mutex_t* native() { return &*mutex_; }

 private:
  testing::Shared<pthread_mutex_t> mutex_;
};
using RobustMutex = PthreadMutex<true>;
using SharedMutex = PthreadMutex<false>;

// The C library's semaphore, with one unit.
class PosixSemaphore {
 public:
  PosixSemaphore() { sem_init(&*semaphore_, 1, 1); }
  void Join() {}
  void Acquire() {
    while (sem_wait(&*semaphore_) != 0) {
    }
  }
  void Release() { sem_post(&*semaphore_); }

 private:
  testing::Shared<sem_t> semaphore_;
};

// Limit of any counter that processes share, whoever may die: the value is looked at, and one compare-exchange
// takes a unit, another gives it back. Nobody waits or is woken.
class BareUnits {
 public:
  BareUnits() { *value_ = 1; }
  void Join() {}
  void Acquire() { Add(-1); }
  void Release() { Add(+1); }

 private:
  void Add(int32_t count) {
    int32_t now = value_->load(std::memory_order_relaxed);
    while (!value_->compare_exchange_weak(now, now + count, std::memory_order_seq_cst,
                                          std::memory_order_relaxed)) {
    }
  }

  testing::Shared<std::atomic<int32_t>> value_;
};

// Limit of a blocking round trip: two words, a cache line each, and two wake-ups. Nobody spins: each side
// sleeps on its futex as soon as it has woken the other.
class FutexPingPong {
 public:
  void Join() {}
  void Ping() {
    Wake(&words_->ping, ++round_);
    Await(&words_->pong, round_);
  }
  void Echo() {
    Await(&words_->ping, ++round_);
    Wake(&words_->pong, round_);
  }

 private:
  struct Words {
    alignas(64) std::atomic<uint32_t> ping;
    alignas(64) std::atomic<uint32_t> pong;
  };

  static void Wake(std::atomic<uint32_t>* word, uint32_t round) {
    word->store(round, std::memory_order_release);
    os::FutexWake(word, 1);
  }
  static void Await(std::atomic<uint32_t>* word, uint32_t round) {
    for (;;) {
      const uint32_t now = word->load(std::memory_order_acquire);
      if (now == round) return;
      os::FutexWait(word, now, Deadline::Forever());
    }
  }

  testing::Shared<Words> words_;
  uint32_t round_ = 0;  // of each process
};

// The C library's condition and mutex in shared memory: a turn that is handed to and fro.
class PthreadPingPong {
 public:
  PthreadPingPong() {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (pthread_cond_init(&words_->changed, &attributes) != 0) abort();
  }
  void Join() {}
  void Ping() {
    mutex_.Acquire();
    words_->theirs = true;
    pthread_cond_signal(&words_->changed);
    while (words_->theirs) pthread_cond_wait(&words_->changed, mutex_.native());
    mutex_.Release();
  }
  void Echo() {
    mutex_.Acquire();
    while (!words_->theirs) pthread_cond_wait(&words_->changed, mutex_.native());
    words_->theirs = false;
    pthread_cond_signal(&words_->changed);
    mutex_.Release();
  }

 private:
  struct Words {
    pthread_cond_t changed;
    bool theirs;
  };

  SharedMutex mutex_;
  testing::Shared<Words> words_;
};

// Limit of a barrier of two: who comes second opens it for the first, which sleeps on a futex.
class FutexBarrier {
 public:
  void Join() {}
  void Wait() {
    const uint32_t generation = words_->generation.load(std::memory_order_acquire);
    if (words_->arrived.fetch_add(1, std::memory_order_acq_rel) == 1) {
      words_->arrived.store(0, std::memory_order_relaxed);
      words_->generation.store(generation + 1, std::memory_order_release);
      os::FutexWake(&words_->generation, 1);
      return;
    }
    while (words_->generation.load(std::memory_order_acquire) == generation) {
      os::FutexWait(&words_->generation, generation, Deadline::Forever());
    }
  }

 private:
  struct Words {
    std::atomic<uint32_t> generation;
    std::atomic<uint32_t> arrived;
  };
  testing::Shared<Words> words_;
};

// Limit of one producer and one consumer: a ring of slots in shared memory, each filled and emptied by one
// copy; 256 slots, or 8 if they are large; the two indexes on lines of their own, and each side's copy
// of the other's in its own memory. A side that has to wait looks 16 times, gives its CPU away 24
// times, and then sleeps on the other's index. It knows no sizes, and one process on each side.
class SpscRing {
 public:
  static constexpr uint32_t kSlots = 256;

  explicit SpscRing(size_t bytes) : bytes_(bytes), slots_(bytes > 65536 ? 8 : kSlots) {
    ring_ = static_cast<char*>(testing::MapShared(bytes * slots_));
  }
  ~SpscRing() { testing::UnmapShared(ring_, bytes_ * slots_); }
  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  void Put(const void* data) {
    const uint32_t tail = words_->tail.load(std::memory_order_relaxed);
    if (tail - known_head_ == slots_) {
      known_head_ = Await(&words_->head, &words_->putter_sleeps, tail - slots_);
    }
    memcpy(ring_ + tail % slots_ * bytes_, data, bytes_);
    words_->tail.store(tail + 1, std::memory_order_seq_cst);
    Wake(&words_->tail, &words_->getter_sleeps);
  }
  void Get(void* data) {
    const uint32_t head = words_->head.load(std::memory_order_relaxed);
    if (known_tail_ == head) known_tail_ = Await(&words_->tail, &words_->getter_sleeps, head);
    memcpy(data, ring_ + head % slots_ * bytes_, bytes_);
    words_->head.store(head + 1, std::memory_order_seq_cst);
    Wake(&words_->head, &words_->putter_sleeps);
  }

 private:
  struct Words {
    alignas(128) std::atomic<uint32_t> tail;
    alignas(128) std::atomic<uint32_t> head;
    alignas(128) std::atomic<uint32_t> getter_sleeps;
    alignas(128) std::atomic<uint32_t> putter_sleeps;
  };

  // Returns the word once it is not `old`.
  static uint32_t Await(std::atomic<uint32_t>* word, std::atomic<uint32_t>* sleeps, uint32_t old) {
    for (int i = 0;; ++i) {
      const uint32_t now = word->load(std::memory_order_seq_cst);
      if (now != old) return now;
      if (i < 16) continue;
      if (i < 40) {
        sched_yield();
        continue;
      }
      sleeps->store(1, std::memory_order_seq_cst);
      if (word->load(std::memory_order_seq_cst) == old) {
        os::FutexWait(word, old, Deadline::Forever());
      }
      sleeps->store(0, std::memory_order_seq_cst);
    }
  }
  static void Wake(std::atomic<uint32_t>* word, std::atomic<uint32_t>* sleeps) {
    if (sleeps->load(std::memory_order_seq_cst) != 0) os::FutexWake(word, 1);
  }

  const size_t bytes_;
  const uint32_t slots_;
  testing::Shared<Words> words_;
  char* ring_;
  uint32_t known_head_ = 0;  // of the putting process
  uint32_t known_tail_ = 0;  // of the getting process
};

// A process made and ended: fork, exit, wait.
inline void ForkAndWait() {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, nullptr, 0);
}

}  // namespace billiard::benchmarks

#endif  // BILLIARD_BENCHMARKS_MICRO_PROBES_H_
