#include "billiard_core/process/child/library_fd.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/os/socket.h"

namespace billiard::process {
namespace {

constinit os::ProcessLock list_lock;
// Of this process; never freed, since a child may find it half-changed.
std::set<int>* list = nullptr;

std::set<int>& List(const os::ProcessLock::Hold& hold) {
  if (list == nullptr || hold.IsNewProcess()) list = new std::set<int>;
  return *list;
}

}  // namespace

LibraryFd::LibraryFd(os::Fd fd) : fd_(fd.Release()), owner_(os::ProcessToken()) {}

LibraryFd& LibraryFd::operator=(LibraryFd&& other) noexcept {
  if (this == &other) return *this;
  Reset();
  fd_ = std::exchange(other.fd_, -1);
  owner_ = other.owner_;
  return *this;
}

int LibraryFd::get() const { return fd_ >= 0 && owner_ == os::ProcessToken() ? fd_ : -1; }

void LibraryFd::Reset() {
  const int fd = get();
  fd_ = -1;
  if (fd < 0) return;
  os::ProcessLock::Hold hold(&list_lock);
  List(hold).erase(fd);
  close(fd);
}

absl::StatusOr<LibraryFd> LibraryFd::Make(const std::function<absl::StatusOr<os::Fd>()>& make) {
  os::ProcessLock::Hold hold(&list_lock);
  absl::StatusOr<os::Fd> fd = make();
  if (!fd.ok()) return fd.status();
  if (fd->valid()) List(hold).insert(fd->get());
  return LibraryFd(*std::move(fd));
}

absl::StatusOr<std::pair<LibraryFd, LibraryFd>> LibraryFd::MakeSocketPair() {
  os::ProcessLock::Hold hold(&list_lock);
  absl::StatusOr<std::pair<os::Fd, os::Fd>> pair = os::CreateSocketPair();
  if (!pair.ok()) return pair.status();
  List(hold).insert({pair->first.get(), pair->second.get()});
  return std::make_pair(LibraryFd(std::move(pair->first)), LibraryFd(std::move(pair->second)));
}

pid_t ForkWithoutLibraryFds(const std::function<pid_t()>& fork_process,
                            const std::vector<int>& kept) {
  list_lock.Lock();
  const pid_t pid = fork_process();
  if (pid != 0) {
    list_lock.Unlock();
    return pid;
  }
  // The parent's list is whole: the thread that forked had it locked.
  if (list != nullptr) {
    for (const int fd : *list) {
      if (std::find(kept.begin(), kept.end(), fd) == kept.end()) close(fd);
    }
  }
  list = nullptr;  // the lock is the parent's, and is taken over at its next use
  return 0;
}

}  // namespace billiard::process
