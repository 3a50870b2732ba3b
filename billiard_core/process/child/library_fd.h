// Descriptors of this layer, which no sibling process may inherit: a forked child closes all that its
// parent had. Each is entered in one list in the same step in which it is made, and forks are made between
// such steps, so none can be missed (G-PROC-4).
//
// Threads: any. Fork: in a child of ForkWithoutLibraryFds the object is empty; in one of any other fork it
// leaves its copy of the descriptor alone.
#ifndef BILLIARD_CORE_PROCESS_CHILD_LIBRARY_FD_H_
#define BILLIARD_CORE_PROCESS_CHILD_LIBRARY_FD_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"

namespace billiard::process {

class LibraryFd {
 public:
  LibraryFd() = default;
  LibraryFd(LibraryFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)), owner_(other.owner_) {}
  LibraryFd& operator=(LibraryFd&& other) noexcept;
  ~LibraryFd() { Reset(); }

  // -1 when empty, and in a forked child.
  int get() const;
  bool valid() const { return get() >= 0; }
  void Reset();

  // Runs `make` and enters what it made, which may be nothing; no fork comes in between, so it must be
  // short.
  static absl::StatusOr<LibraryFd> Make(const std::function<absl::StatusOr<os::Fd>()>& make);
  static absl::StatusOr<std::pair<LibraryFd, LibraryFd>> MakeSocketPair();

 private:
  friend class LibraryFds;
  explicit LibraryFd(os::Fd fd);  // with the list locked

  int fd_ = -1;
  uint64_t owner_ = 0;  // os::ProcessToken of the process that made it
};

// Forks by `fork_process`; the child closes every LibraryFd of its parent but `kept`. To be called with
// signals blocked.
pid_t ForkWithoutLibraryFds(const std::function<pid_t()>& fork_process,
                            const std::vector<int>& kept);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_LIBRARY_FD_H_
