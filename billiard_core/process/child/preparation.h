// What a process that is not a fork of its starter has to know before user code runs (CTX-32), as bytes in a
// file in memory, with the descriptors that go with it.
#ifndef BILLIARD_CORE_PROCESS_CHILD_PREPARATION_H_
#define BILLIARD_CORE_PROCESS_CHILD_PREPARATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/logging/inheritance.h"
#include "billiard_core/process/child/library_fd.h"
#include "billiard_core/process/child/self.h"
#include "billiard_core/process/child/start_method.h"

namespace billiard::process {

struct Preparation {
  SelfFacts facts;
  StartMethod method = StartMethod::kSpawn;
  bool is_server = false;               // runs no entry, but serves forks
  std::string folder;                   // working directory of the starter
  std::vector<std::string> executable;  // what set_executable said; empty: nothing
  std::vector<std::string> preload;
  std::string entry;
  std::string data;
  logging::Inheritance logging;
  uint32_t caller_fds = 0;
};

// The descriptors come in this order; those of the caller last.
enum PreparedFd { kParentPidfd, kDefaultArena, kServerConnection, kFirstCallerFd };

std::string Encode(const Preparation& preparation);

// kCorrupt for anything that Encode did not write.
absl::StatusOr<Preparation> Decode(absl::string_view bytes);

// The bytes in a file of their own, so that their size never makes anybody wait.
absl::StatusOr<LibraryFd> WriteToFile(const Preparation& preparation);
absl::StatusOr<Preparation> ReadFromFile(int fd);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_PREPARATION_H_
