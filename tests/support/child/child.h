// Real processes for tests: a fork of the test program that runs one function. A child never outlives
// the test (it dies with its parent, and after two minutes in any case) and ends without running the
// parent's exit handlers.
//
//   Child child([&] { queue->Put(...); return 0; });
//   EXPECT_EQ(child.Wait(), 0);
#ifndef BILLIARD_TESTS_SUPPORT_CHILD_CHILD_H_
#define BILLIARD_TESTS_SUPPORT_CHILD_CHILD_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace billiard::testing {

class Child {
 public:
  // Forks; the child's exit status is what `body` returns.
  explicit Child(const std::function<int()>& body);
  // Kills and reaps a child that was not waited for.
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal_number);
  void Kill() { Signal(9); }
  // Stops it, and returns when it stands still.
  void Stop();
  // Reaps it: its exit status, or minus the signal that ended it.
  int Wait();
  // Waits until it stands still, or has ended. The signal that stopped it; 0: it has ended, and Wait()
  // tells how.
  int AwaitStop();
  // Waits for its end without reaping: it stays a zombie.
  void AwaitZombie();

 private:
  pid_t pid_;
  bool reaped_ = false;
  int status_ = 0;  // when reaped
};

void* MapShared(size_t bytes);
void UnmapShared(void* memory, size_t bytes);

// Memory shared with later children: a zeroed T.
template <typename T>
class Shared {
 public:
  Shared() : value_(static_cast<T*>(MapShared(sizeof(T)))) {}
  ~Shared() { UnmapShared(value_, sizeof(T)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  T* operator->() const { return value_; }
  T& operator*() const { return *value_; }

 private:
  T* value_;
};

// Returns when *word is at least `value`; gives the CPU away meanwhile.
void AwaitAtLeast(const std::atomic<uint32_t>& word, uint32_t value);

// Returns when the process sleeps in the kernel: it has blocked.
void AwaitSleeping(pid_t pid);

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_CHILD_CHILD_H_
