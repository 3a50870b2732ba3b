#include "billiard_core/pool/event_loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>

#include "billiard_core/base/status.h"
#include "billiard_core/pool/supervisor.h"

namespace billiard::pool {
namespace {

constexpr int64_t kTokenSlice = 20 * kNanosPerMilli;

bool Watch(const os::Fd& epoll, int fd) {
  epoll_event event = {};
  event.events = EPOLLIN;
  return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

absl::StatusOr<std::shared_ptr<EventLoop>> EventLoop::Create(Supervisor* supervisor,
                                                             int events_fd) {
  std::shared_ptr<EventLoop> loop(new EventLoop(supervisor));
  loop->epoll_ = os::Fd(epoll_create1(EPOLL_CLOEXEC));
  if (!loop->epoll_.valid()) return OsStatus(errno, "epoll_create1");
  loop->timer_ = os::Fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!loop->timer_.valid()) return OsStatus(errno, "timerfd_create");
  if (!Watch(loop->epoll_, supervisor->epoll_fd()) || !Watch(loop->epoll_, loop->timer_.get()) ||
      !Watch(loop->epoll_, events_fd)) {
    return OsStatus(errno, "epoll_ctl");
  }
  loop->SetTimer();
  return loop;
}

// Setting it also makes it unreadable.
void EventLoop::SetTimer() {
  const int64_t at = supervisor_->NextTurn();
  itimerspec spec = {};
  spec.it_value.tv_sec = std::max<int64_t>(at, 1) / kNanosPerSecond;
  spec.it_value.tv_nsec = std::max<int64_t>(at, 1) % kNanosPerSecond;
  if (supervisor_->ended()) spec = {};
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

EventLoop::Driven EventLoop::Drive(int64_t most_ns) {
  if (driving_.exchange(true, std::memory_order_acquire)) return Driven::kByAnother;
  const bool alive = supervisor_ != nullptr && !supervisor_->ended();
  if (alive) {
    supervisor_->Turn(most_ns);
    SetTimer();
  }
  driving_.store(false, std::memory_order_release);
  turns_.fetch_add(1);
  os::FutexWake(&turns_, os::kWakeAll);
  return alive ? Driven::kYes : Driven::kOver;
}

void EventLoop::Step() { Drive(0); }

os::FutexResult EventLoop::Wait(const std::atomic<uint32_t>* word, uint32_t expected,
                                Deadline deadline, os::Interrupt* interrupt) {
  Drive(0);  // also a wait that only looks lets things happen
  while (true) {
    const uint32_t turn = turns_.load();
    if (word->load() != expected) return os::FutexResult::kValueChanged;
    if (interrupt != nullptr && interrupt->raised()) return os::FutexResult::kInterrupted;
    if (deadline.Expired()) return os::FutexResult::kTimedOut;
    int64_t most = deadline.IsForever() ? INT64_MAX : deadline.Remaining();
    if (interrupt != nullptr) most = std::min(most, kTokenSlice);
    switch (Drive(most)) {
      case Driven::kYes:
        break;
      case Driven::kByAnother:
        os::FutexWait(&turns_, turn, deadline, interrupt);
        break;
      case Driven::kOver:
        return os::FutexWait(word, expected, deadline, interrupt);
    }
  }
}

void EventLoop::Detach() {
  while (true) {
    const uint32_t turn = turns_.load();
    if (!driving_.exchange(true, std::memory_order_acquire)) break;
    os::FutexWait(&turns_, turn, Deadline::Forever());
  }
  supervisor_ = nullptr;
  driving_.store(false, std::memory_order_release);
  turns_.fetch_add(1);
  os::FutexWake(&turns_, os::kWakeAll);
}

}  // namespace billiard::pool
