#include "billiard_core/process/child/started_child.h"

#include <utility>

#include "billiard_core/os/pidfd.h"
#include "billiard_core/os/reap.h"
#include "billiard_core/process/child/handshake.h"

namespace billiard::process {
namespace {

// PROC-25: a refused signal matters only when the process is still there after so long.
constexpr int64_t kRefusalNanos = 100 * kNanosPerMilli;

}  // namespace

StartedChild::StartedChild(Launched launched)
    : pid_(launched.pid),
      pidfd_(std::move(launched.pidfd)),
      channel_(std::move(launched.channel)),
      has_server_(channel_.valid()),
      status_(os::kNotEnded) {}

int32_t StartedChild::Look() {
  if (!has_server_) return os::ReapByPidfd(pidfd_.get());
  const News news = NextNews(channel_.get(), Deadline::Now(), nullptr);
  if (news.kind == NewsKind::kExited) return news.status;
  if (news.kind != NewsKind::kEnd) return os::kNotEnded;
  // The server has gone. Its children live on, and are reaped by somebody who tells nobody. The descriptor
  // stays open, as another thread may be waiting for it.
  has_server_ = false;
  return os::ReapByPidfd(pidfd_.get());
}

int32_t StartedChild::Poll() {
  MutexLock lock(&mutex_);
  if (status_ == os::kNotEnded) status_ = Look();
  return status_;
}

int StartedChild::WhatToAwait() {
  MutexLock lock(&mutex_);
  return has_server_ ? channel_.get() : pidfd_.get();
}

absl::StatusOr<os::PollResult> StartedChild::Await(Deadline deadline, os::Interrupt* interrupt) {
  while (Poll() == os::kNotEnded) {
    const absl::StatusOr<os::PollResult> seen =
        os::PollOne(WhatToAwait(), POLLIN, deadline, interrupt);
    const bool ready = seen.ok() && *seen == os::PollResult::kReady;
    if (!ready && Poll() == os::kNotEnded) return seen;
  }
  return os::PollResult::kReady;
}

absl::Status StartedChild::Signal(int signal_number) {
  if (Poll() != os::kNotEnded) return absl::OkStatus();
  const absl::Status sent = os::PidfdSendSignal(pidfd_.get(), signal_number);
  if (sent.ok()) return sent;
  const absl::StatusOr<os::PollResult> seen = Await(Deadline::After(kRefusalNanos), nullptr);
  if (seen.ok() && *seen == os::PollResult::kReady) {
    return absl::OkStatus();
  }
  return sent;
}

}  // namespace billiard::process
