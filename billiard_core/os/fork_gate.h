// Keeps the library's own threads at a safe point while this process forks (design D6): a thread of
// ours that works holds the gate, a thread that sleeps does not, and every fork() waits until the gate
// is free. So the child never inherits a lock, of ours, of Abseil or of malloc, that one of our threads
// held. Forks made by raw system calls are not seen.
//
//   while (running) { poll(...); ForkGate::Hold hold; Work(); }
#ifndef BILLIARD_CORE_OS_FORK_GATE_H_
#define BILLIARD_CORE_OS_FORK_GATE_H_

namespace billiard::os {

class ForkGate {
 public:
  // Held by a thread of the library while it works; never while it forks or sleeps. May be nested.
  class Hold {
   public:
    Hold();
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
  };

  // Makes every fork() of this process wait for the gate; idempotent.
  static void Install();
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_FORK_GATE_H_
