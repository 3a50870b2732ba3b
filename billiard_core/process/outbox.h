// Messages to the host that the channel has not taken yet, in order. The template never waits for a
// host that does not read: it keeps what it has to say here. libc only.
//
// I1: the template reads a request only while the outbox is empty, and a request makes one
//     message at once. So at most one message per place (its worker's end) and one more are ever
//     kept, and the capacity fixed at creation suffices.
#ifndef BILLIARD_CORE_PROCESS_OUTBOX_H_
#define BILLIARD_CORE_PROCESS_OUTBOX_H_

#include "billiard_core/os/fd.h"
#include "billiard_core/process/protocol.h"

namespace billiard::process {

class Outbox {
 public:
  // For messages about `places` places. False: no memory.
  bool Create(int places);

  bool empty() const { return used_ == 0; }

  // Takes over the descriptor, if any.
  void Add(const TemplateMessage& message, os::Fd fd);

  enum class Sending {
    kAll,    // empty now
    kFull,   // the channel is full; it becomes writable
    kRetry,  // the kernel lacks something (descriptors in flight, memory); try again a little later
    kNoHost,  // nobody will ever read it
  };
  Sending Send(int channel);

 private:
  struct Entry {
    TemplateMessage message;
    int fd;
  };
  Entry* entries_ = nullptr;  // a ring
  int capacity_ = 0;
  int first_ = 0;
  int used_ = 0;
};

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_OUTBOX_H_
