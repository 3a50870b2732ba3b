// Lets a process that forks wait until its child has done what must come first, or is gone, or was never
// made. For the three handlers of pthread_atfork, one fork at a time.
//
//   prepare: Begin()    child: ChildIsReady()    parent: AwaitChild(patience)
#ifndef BILLIARD_CORE_OS_FORK_HANDSHAKE_H_
#define BILLIARD_CORE_OS_FORK_HANDSHAKE_H_

#include <cstdint>

namespace billiard::os {

class ForkHandshake {
 public:
  constexpr ForkHandshake() = default;
  ForkHandshake(const ForkHandshake&) = delete;
  ForkHandshake& operator=(const ForkHandshake&) = delete;

  // Without a descriptor to spare nobody waits.
  void Begin();
  void ChildIsReady();
  // Waits for ChildIsReady() in the child or its end, or for as long as this. Keeps errno.
  void AwaitChild(int64_t patience_ns);

 private:
  // I1: outside of forks both are -1. The child's end is open in the child alone once the parent waits: its
  //     closing, by whatever cause, is the news.
  int parents_end_ = -1;
  int childs_end_ = -1;
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_FORK_HANDSHAKE_H_
