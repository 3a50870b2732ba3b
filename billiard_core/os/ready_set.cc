#include "billiard_core/os/ready_set.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "billiard_core/base/status.h"

namespace billiard::os {

absl::StatusOr<ReadySet> ReadySet::Create() {
  Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return OsStatus(errno, "epoll_create1");
  Fd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer.valid()) return OsStatus(errno, "timerfd_create");
  ReadySet set(std::move(epoll), std::move(timer));
  if (absl::Status status = set.Add(set.timer_.get()); !status.ok()) return status;
  return set;
}

absl::Status ReadySet::Add(int fd) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return OsStatus(errno, "epoll_ctl");
  return absl::OkStatus();
}

void ReadySet::Remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void ReadySet::SetTimer(Deadline deadline) {
  itimerspec at = {};
  if (!deadline.IsForever()) {
    // A time of zero would take the timer back.
    at.it_value = Deadline::At(std::max<int64_t>(deadline.at(), 1)).ToTimespec();
  }
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &at, nullptr);
}

std::vector<int> ReadySet::Ready() const {
  constexpr int kAtOnce = 64;
  epoll_event events[kAtOnce];
  int count;
  do {
    count = epoll_wait(epoll_.get(), events, kAtOnce, 0);
  } while (count < 0 && errno == EINTR);
  std::vector<int> ready;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.fd != timer_.get()) ready.push_back(events[i].data.fd);
  }
  return ready;
}

}  // namespace billiard::os
