#include "tests/support/processes.h"

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace billiard::testing {

os::Fd Watch(pid_t pid) {
  os::Fd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) {
    fprintf(stderr, "no process %d to watch\n", static_cast<int>(pid));
    abort();
  }
  return fd;
}

namespace {

bool PollFor(const os::Fd& pidfd, int millis) {
  pollfd entry = {pidfd.get(), POLLIN, 0};
  int ready;
  do {
    ready = poll(&entry, 1, millis);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

bool Ends(const os::Fd& pidfd, int seconds) { return PollFor(pidfd, seconds * 1000); }

bool HasEnded(const os::Fd& pidfd) { return PollFor(pidfd, 0); }

std::set<int> OpenDescriptors(const std::string& pid) {
  std::set<int> fds;
  DIR* folder = opendir(("/proc/" + pid + "/fd").c_str());
  if (folder == nullptr) return fds;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') fds.insert(atoi(entry->d_name));
  }
  if (pid == "self") fds.erase(dirfd(folder));
  closedir(folder);
  return fds;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  const std::string name = std::to_string(pid);
  std::ifstream list("/proc/" + name + "/task/" + name + "/children");
  std::vector<pid_t> pids;
  for (pid_t child; list >> child;) pids.push_back(child);
  return pids;
}

}  // namespace billiard::testing
