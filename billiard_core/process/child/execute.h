// One child that executes one program, made without copying this process's memory.
#ifndef BILLIARD_CORE_PROCESS_CHILD_EXECUTE_H_
#define BILLIARD_CORE_PROCESS_CHILD_EXECUTE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "billiard_core/process/child/started_child.h"

namespace billiard::process {

inline constexpr int kFirstPassedFd = 3;

struct Execution {
  std::string path;  // without '/': looked for in this process's PATH
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // all of it
  // They become 3, 4, ...; all others but 0, 1 and 2 are closed.
  std::vector<int> fds;
  // Which of fds is told (handshake.h) when the program can not be executed.
  size_t channel = 0;
  bool channel_ends_with_execution = false;  // it is close-on-exec
  bool dies_with_thread = false;             // the calling one, which must be the first
};

// Signals have their default actions in the program, and none is blocked (G-CTX-6).
absl::StatusOr<Launched> Execute(const Execution& execution);

// This process's environment with `added` put over it.
std::vector<std::string> EnvironmentWith(const std::vector<std::string>& added);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_EXECUTE_H_
