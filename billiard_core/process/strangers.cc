#include "billiard_core/process/strangers.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace billiard::process {
namespace {

void KillIfStranger(const WorkerTable& workers, pid_t pid) {
  if (pid > 0 && workers.Find(pid) < 0) kill(pid, SIGKILL);
}

// The kernel's list of this thread's children: numbers, each followed by a blank. False: this
// kernel has none.
bool KillFromChildrenFile(const WorkerTable& workers) {
  const int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char buffer[4096];
  pid_t pid = 0;  // survives the border between two reads
  ssize_t size;
  while ((size = read(fd, buffer, sizeof buffer)) > 0) {
    for (ssize_t i = 0; i < size; ++i) {
      if (buffer[i] >= '0' && buffer[i] <= '9') {
        pid = pid * 10 + (buffer[i] - '0');
      } else {
        KillIfStranger(workers, pid);
        pid = 0;
      }
    }
  }
  KillIfStranger(workers, pid);
  close(fd);
  return true;
}

pid_t ParentOf(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  char text[512];
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  if (size <= 0) return -1;
  text[size] = '\0';
  const char* name_end = strrchr(text, ')');  // the command's name may hold blanks and brackets
  int parent = -1;
  if (name_end == nullptr || sscanf(name_end + 1, " %*c %d", &parent) != 1) return -1;
  return parent;
}

void KillFromProcessList(const WorkerTable& workers) {
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return;
  const pid_t self = getpid();
  while (const dirent* entry = readdir(folder)) {
    const pid_t pid = static_cast<pid_t>(atoi(entry->d_name));
    if (pid > 0 && ParentOf(pid) == self) KillIfStranger(workers, pid);
  }
  closedir(folder);
}

}  // namespace

void KillStrangers(const WorkerTable& workers) {
  if (!KillFromChildrenFile(workers)) KillFromProcessList(workers);
}

}  // namespace billiard::process
