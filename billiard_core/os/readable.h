// Waiting for a descriptor, to a deadline, with a token that ends the wait.
#ifndef BILLIARD_CORE_OS_READABLE_H_
#define BILLIARD_CORE_OS_READABLE_H_

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::os {

enum class Readable { kYes, kTimedOut, kInterrupted };

// Returns when `fd` is readable or its other end has gone. A handled signal does not end the wait. No
// system call waits for a descriptor and a futex alike, so a token is looked at every few milliseconds.
Readable AwaitReadable(int fd, Deadline deadline, Interrupt* interrupt = nullptr);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_READABLE_H_
