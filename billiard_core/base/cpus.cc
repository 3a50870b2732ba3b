#include "billiard_core/base/cpus.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

namespace billiard {
namespace {

// The path of this process's group in the unified hierarchy ("0::/a/b").
std::string OwnCgroup() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("0::", 0) == 0) return line.substr(3);
  }
  return "";
}

// CPUs by the cpu.max of this group and of every group above it; 0 when no quota is set.
int CpusOfQuota() {
  int least = 0;
  for (std::string group = OwnCgroup(); !group.empty();) {
    std::ifstream file("/sys/fs/cgroup" + group + "/cpu.max");
    long long quota = 0, period = 0;
    if (file >> quota >> period && quota > 0 && period > 0) {
      const int cpus = static_cast<int>(std::max(1LL, (quota + period - 1) / period));
      least = least == 0 ? cpus : std::min(least, cpus);
    }
    if (group == "/") break;
    const size_t slash = group.rfind('/');
    group = slash == 0 || slash == std::string::npos ? "/" : group.substr(0, slash);
  }
  return least;
}

}  // namespace

// By the kernel's list ("0-3,8"), since sysconf may answer by the affinity mask.
int CpusOnline() {
  std::ifstream file("/sys/devices/system/cpu/online");
  int cpus = 0;
  char separator = ',';
  for (int first; separator == ',' && file >> first;) {
    int last = first;
    if (file.peek() == '-') file >> separator >> last;
    cpus += last - first + 1;
    separator = '\n';
    file.get(separator);
  }
  return cpus > 0 ? cpus : static_cast<int>(std::max(0L, sysconf(_SC_NPROCESSORS_ONLN)));
}

int CpusOfAffinity() {
  // Larger than cpu_set_t, for machines with more than 1024 CPUs.
  cpu_set_t sets[16];
  if (sched_getaffinity(0, sizeof sets, sets) != 0) return 1;
  return std::max(1, CPU_COUNT_S(sizeof sets, sets));
}

int CpusAvailable() {
  const int affinity = CpusOfAffinity();
  const int quota = CpusOfQuota();
  return quota == 0 ? affinity : std::min(affinity, quota);
}

}  // namespace billiard
