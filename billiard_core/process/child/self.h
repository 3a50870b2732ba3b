// Who this process is: its name, its place in the tree, its key (PROC-3 to PROC-7, PROC-50). The process
// that loaded the library is "MainProcess"; a child that this library started gets its own by BecomeChild.
// Log lines have the name. Thread-safe. A child of any other fork keeps its parent's.
#ifndef BILLIARD_CORE_PROCESS_CHILD_SELF_H_
#define BILLIARD_CORE_PROCESS_CHILD_SELF_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace billiard::process {

// Never 0 bytes; the same in a whole tree unless somebody replaces it. To be shown to nobody.
inline constexpr size_t kAuthkeyBytes = 32;
inline constexpr size_t kMaxProcessName = 255;

struct SelfFacts {
  std::string name = "MainProcess";
  std::vector<uint32_t> identity;  // empty: the main process
  bool daemon = false;
  std::string authkey;
  pid_t pid = 0;         // of the process that this describes; 0: the main process
  pid_t parent_pid = 0;  // 0: not started by this library
  std::string parent_name;
};

SelfFacts Self();

// Sets who this process is, and counts its children from 1 again (PROC-41).
void BecomeChild(SelfFacts facts);

// kInvalid: not 1 to 255 bytes without NUL.
absl::Status CheckProcessName(absl::string_view name);
absl::Status SetOwnName(absl::string_view name);
absl::Status SetAuthkey(absl::string_view key);  // kInvalid: empty

// The number of the next child of this process.
uint32_t CountChild();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_SELF_H_
