// What the probes share, and nothing of Billiard: shared memory, futexes, children. Linux alone. Whatever
// fails ends the probe: a number that was measured half is none.
#ifndef BILLIARD_BENCHMARKS_LIMIT_BARE_H_
#define BILLIARD_BENCHMARKS_LIMIT_BARE_H_

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

namespace billiard::limit {

inline void Must(bool good, const char* what) {
  if (good) return;
  perror(what);
  _exit(1);
}

// Zeroed memory shared with later children; every page is there from the start.
inline void* MapShared(size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  Must(memory != MAP_FAILED, "mmap");
  return memory;
}

template <typename T>
class Shared {
 public:
  Shared() : value_(new (MapShared(sizeof(T))) T) {}
  ~Shared() { munmap(static_cast<void*>(value_), sizeof(T)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  T* operator->() const { return value_; }
  T& operator*() const { return *value_; }

 private:
  T* const value_;
};

using Word = std::atomic<uint32_t>;

inline void FutexWait(Word* word, uint32_t while_it_is) {
  syscall(SYS_futex, word, FUTEX_WAIT, while_it_is, nullptr, nullptr, 0);
}
inline void FutexWake(Word* word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, nullptr, nullptr, 0); }

inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// A process that runs `body` and dies with its maker; killed at the end of this object unless it has been
// waited for.
class Child {
 public:
  template <typename Body>
  explicit Child(Body body) {
    const pid_t parent = getpid();
    pid_ = fork();
    Must(pid_ >= 0, "fork");
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    body();
    _exit(0);
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    Wait();
  }
  pid_t pid() const { return pid_; }
  void Wait() {
    if (pid_ != 0) waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

 private:
  pid_t pid_;
};

// Private memory that a fork has to copy the page tables of.
class Ballast {
 public:
  explicit Ballast(size_t megabytes) : bytes_(megabytes << 20) {
    if (bytes_ == 0) return;
    memory_ = static_cast<char*>(
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    Must(memory_ != MAP_FAILED, "mmap");
    madvise(memory_, bytes_, MADV_NOHUGEPAGE);
    for (size_t at = 0; at < bytes_; at += 4096) memory_[at] = 1;
  }
  ~Ballast() {
    if (bytes_ != 0) munmap(memory_, bytes_);
  }
  Ballast(const Ballast&) = delete;
  Ballast& operator=(const Ballast&) = delete;

 private:
  const size_t bytes_;
  char* memory_ = nullptr;
};

}  // namespace billiard::limit

#endif  // BILLIARD_BENCHMARKS_LIMIT_BARE_H_
