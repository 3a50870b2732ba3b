// Many descriptors, waited for as one: the set's own descriptor is readable while a member has something to
// read or hang up, or its timer is due. An epoll and a timerfd.
//
// Threads: one at a time. Fork: the set would be shared with the parent; a child makes one of its own.
#ifndef BILLIARD_CORE_OS_READY_SET_H_
#define BILLIARD_CORE_OS_READY_SET_H_

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

class ReadySet {
 public:
  static absl::StatusOr<ReadySet> Create();

  int fd() const { return epoll_.get(); }
  absl::Status Add(int fd);
  void Remove(int fd);
  // From then on the set is ready, until the timer is set anew; Forever() takes it back.
  void SetTimer(Deadline deadline);
  // Members that are ready now.
  std::vector<int> Ready() const;

 private:
  ReadySet(Fd epoll, Fd timer) : epoll_(std::move(epoll)), timer_(std::move(timer)) {}

  Fd epoll_;
  Fd timer_;
};

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_READY_SET_H_
