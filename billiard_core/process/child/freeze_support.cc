#include "billiard_core/process/child/freeze_support.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "billiard_core/base/status.h"
#include "billiard_core/process/child/self.h"
#include "billiard_core/process/child/spawned_child.h"

namespace billiard::process {
namespace {

constexpr int kUsage = 2;

// "name=7" among the arguments; -1 without.
int NumberOf(const char* name, int argc, char** argv) {
  const size_t length = strlen(name);
  for (int i = 2; i < argc; ++i) {
    if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=') {
      return atoi(argv[i] + length + 1);
    }
  }
  return -1;
}

bool WasStartedAsChild() {
  std::ifstream file("/proc/self/cmdline");
  std::string program, first;
  std::getline(file, program, '\0');
  std::getline(file, first, '\0');
  return first == kChildMarker;
}

}  // namespace

void FreezeSupport(int argc, char** argv) {
  if (argc < 2 || argv == nullptr || strcmp(argv[1], kChildMarker) != 0) return;
  const int channel = NumberOf("pipe_handle", argc, argv);
  const int file = NumberOf("data_handle", argc, argv);
  if (channel < 0 || file < 0) {
    fprintf(stderr, "%s: this argument is for Billiard's own use\n", kChildMarker);
    exit(kUsage);
  }
  RunSpawnedChild(channel, file);
}

absl::Status CheckFrozen() {
  static const bool started_as_child = WasStartedAsChild();
  if (!started_as_child || Self().parent_pid != 0) return absl::OkStatus();
  return MakeStatus(Code::kState,
                    "this program was started as a child, but runs as if it were none: call "
                    "bp_freeze_support(argc, argv) first thing in main, after the registration of "
                    "entries");
}

}  // namespace billiard::process
