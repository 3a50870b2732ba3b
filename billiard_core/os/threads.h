// The threads of this process, as far as a fork must know of them.
#ifndef BILLIARD_CORE_OS_THREADS_H_
#define BILLIARD_CORE_OS_THREADS_H_

#include <functional>
#include <thread>

namespace billiard::os {

// Starts a thread of the library: all signals blocked, named `name` (at most 15 bytes), counted as our
// own until it ends.
std::thread StartLibraryThread(const char* name, std::function<void()> body);

// Threads that are neither the caller's nor the library's. A sanitizer's own thread is not counted.
int ForeignThreads();

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_THREADS_H_
