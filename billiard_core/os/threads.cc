#include "billiard_core/os/threads.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "billiard_core/os/fd.h"
#include "billiard_core/os/fork_guard.h"

namespace billiard::os {
namespace {

// In a forked child the library's threads do not exist: the count belongs to one process.
std::atomic<uint64_t> counted_process{0};
std::atomic<int> library_threads{0};

int LibraryThreads() {
  return counted_process.load() == ProcessToken() ? library_threads.load() : 0;
}

void CountThread() {
  if (counted_process.exchange(ProcessToken()) != ProcessToken()) library_threads.store(0);
  library_threads.fetch_add(1);
}

// Whether a thread of this process is on its way out. A joined one is, and stays listed until it was given
// the CPU once more, which on a busy machine can take long.
bool IsExiting(const char* tid) {
  constexpr unsigned kExiting = 4;  // PF_EXITING
  const Fd file(
      open((std::string("/proc/self/task/") + tid + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return errno == ENOENT;
  char text[512];
  const ssize_t size = read(file.get(), text, sizeof text - 1);
  if (size <= 0) return size < 0 && errno == ESRCH;
  text[size] = '\0';
  const char* after_name = strrchr(text, ')');
  unsigned flags = 0;
  return after_name != nullptr && sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
         (flags & kExiting) != 0;
}

int AllThreads() {
  DIR* folder = opendir("/proc/self/task");
  if (folder == nullptr) return 1;
  int threads = 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.' && !IsExiting(entry->d_name)) ++threads;
  }
  closedir(folder);
  return threads;
}

// ThreadSanitizer has a thread of its own; in a forked child it starts one at once, and another with the
// child's first thread.
#if defined(__SANITIZE_THREAD__)
const pid_t first_process = getpid();
int SanitizerThreads() { return getpid() == first_process ? 1 : 2; }
#else
constexpr int SanitizerThreads() { return 0; }
#endif

}  // namespace

std::thread StartLibraryThread(const char* name, std::function<void()> body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  CountThread();
  std::thread thread([name = std::string(name), body = std::move(body)] {
    pthread_setname_np(pthread_self(), name.c_str());
    body();
    library_threads.fetch_sub(1);
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

int ForeignThreads() {
  // A thread of ours that is about to end is no longer counted as ours: a count above 0 must last.
  constexpr int kLooks = 20;
  constexpr useconds_t kBetweenLooksUs = 1000;
  int foreign = 0;
  for (int look = 0; look < kLooks; ++look) {
    foreign = AllThreads() - 1 - LibraryThreads() - SanitizerThreads();
    if (foreign <= 0) return 0;
    usleep(kBetweenLooksUs);
  }
  return foreign;
}

}  // namespace billiard::os
