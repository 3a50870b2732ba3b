#include "billiard_core/os/memory_use.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "billiard_core/os/fd.h"

namespace billiard::os {

int64_t AnonymousMemoryKib(pid_t pid) {
  char path[32];
  snprintf(path, sizeof path, "/proc/%d/statm", static_cast<int>(pid == 0 ? getpid() : pid));
  const Fd file(open(path, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return -1;
  char text[128];
  const ssize_t size = read(file.get(), text, sizeof text - 1);
  if (size <= 0) return -1;
  text[size] = '\0';
  // Pages: all, resident, resident and shared (of files and shared memory), ...
  long long resident = 0;
  long long shared = 0;
  if (sscanf(text, "%*d %lld %lld", &resident, &shared) != 2) return -1;
  return (resident - shared) * (sysconf(_SC_PAGESIZE) / 1024);
}

}  // namespace billiard::os
