// One message over a message socket, with at most one descriptor. libc only and without allocation:
// for freshly forked children and for programs without Abseil.
#ifndef BILLIARD_CORE_OS_MESSAGE_H_
#define BILLIARD_CORE_OS_MESSAGE_H_

#include <sys/types.h>

#include <cstddef>

#include "billiard_core/os/fd.h"

namespace billiard::os {

// Sends one message, with a descriptor when `passed_fd` >= 0. Returns the bytes sent, or -1 with
// errno (EAGAIN: would block). Never raises SIGPIPE. Does not allocate.
ssize_t SendMessage(int socket, const void* data, size_t bytes, int passed_fd, int flags = 0);

// Receives one message; a descriptor that came with it is close-on-exec in *received. Returns the
// bytes, 0 at the peer's end, or -1 with errno. Does not allocate.
ssize_t ReceiveMessage(int socket, void* data, size_t bytes, Fd* received, int flags = 0);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_MESSAGE_H_
