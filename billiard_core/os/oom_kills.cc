#include "billiard_core/os/oom_kills.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace billiard::os {
namespace {

// The number in the line "oom_kill <number>"; -1: there is none.
int64_t ReadCount(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    int64_t count = 0;
    if (words.size() == 2 && words[0] == "oom_kill" && absl::SimpleAtoi(words[1], &count)) {
      return count;
    }
  }
  return -1;
}

// Where the counter may be, the best place first.
std::vector<std::string> Candidates(const std::string& root) {
  std::vector<std::string> paths;
  std::ifstream groups(absl::StrCat(root, "/proc/self/cgroup"));
  std::string line;
  while (std::getline(groups, line)) {  // <hierarchy>:<controllers>:<path>
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(parts[1], ',');
    const bool of_memory =
        std::find(controllers.begin(), controllers.end(), "memory") != controllers.end();
    if (parts[1].empty()) {
      paths.push_back(absl::StrCat(root, "/sys/fs/cgroup", parts[2], "/memory.events"));
    } else if (of_memory) {
      const std::string mount = absl::StrCat(root, "/sys/fs/cgroup/memory");
      paths.push_back(absl::StrCat(mount, parts[2], "/memory.oom_control"));
      // In a container the path may be one of the system outside.
      paths.push_back(absl::StrCat(mount, "/memory.oom_control"));
    }
  }
  paths.push_back(absl::StrCat(root, "/proc/vmstat"));
  return paths;
}

}  // namespace

OomKills::OomKills(const std::string& root) {
  for (const std::string& path : Candidates(root)) {
    if (ReadCount(path) < 0) continue;
    path_ = path;
    return;
  }
}

int64_t OomKills::Count() const {
  const int64_t count = path_.empty() ? 0 : ReadCount(path_);
  return count < 0 ? 0 : count;
}

}  // namespace billiard::os
