#include "billiard_core/queue/readiness.h"

#include <utility>

#include "billiard_core/base/deadline.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/threads.h"

namespace billiard::queue {

using os::ForkGate;

absl::StatusOr<std::unique_ptr<Readiness>> Readiness::Start(sync::EventCount* changed,
                                                            std::function<bool()> is_ready,
                                                            std::function<void()> tend) {
  absl::StatusOr<os::Fd> fd = os::CreateEventfd();
  if (!fd.ok()) return fd.status();
  ForkGate::Install();
  std::unique_ptr<Readiness> readiness(
      new Readiness(*std::move(fd), changed, std::move(is_ready), std::move(tend)));
  readiness->thread_ =
      os::StartLibraryThread("bp-queue-fd", [self = readiness.get()] { self->Run(); });
  return readiness;
}

Readiness::Readiness(os::Fd fd, sync::EventCount* changed, std::function<bool()> is_ready,
                     std::function<void()> tend)
    : fd_(std::move(fd)),
      changed_(changed),
      is_ready_(std::move(is_ready)),
      tend_(std::move(tend)) {}

Readiness::~Readiness() {
  stop_.Raise();
  if (thread_.joinable()) thread_.join();
}

void Readiness::Abandon(std::unique_ptr<Readiness> readiness) {
  // The thread does not exist here: its handle can be neither joined nor destroyed.
  Readiness* const left = readiness.release();
  left->fd_ = os::Fd();
}

void Readiness::Rearm() {
  if (!readable_.load(std::memory_order_seq_cst)) return;
  {
    os::ProcessLock::Hold hold(&lock_);
    if (!readable_.load(std::memory_order_relaxed)) return;
    os::DrainEventfd(fd_.get());
    readable_.store(false, std::memory_order_seq_cst);
  }
  rearmed_.NotifyAll();
}

void Readiness::Run() {
  while (AwaitReady()) {
    {
      ForkGate::Hold gate;
      {
        os::ProcessLock::Hold hold(&lock_);
        readable_.store(true, std::memory_order_seq_cst);
        os::PokeEventfd(fd_.get());
      }
      changed_->NotifyOne();  // I2
    }
    AwaitRearm();
  }
}

// False: the thread is to end.
bool Readiness::AwaitReady() {
  while (!stop_.raised()) {
    sync::EventCount::Key key;
    {
      ForkGate::Hold hold;
      if (is_ready_()) return true;
      key = changed_->Prepare();
      if (is_ready_()) {
        changed_->Cancel(key);
        return true;
      }
    }
    const sync::WaitResult result =
        changed_->Wait(key, Deadline::Forever(), &stop_, sync::kRecheckNanos);
    if (result == sync::WaitResult::kRecheck) {
      ForkGate::Hold hold;
      tend_();
    }
  }
  return false;
}

void Readiness::AwaitRearm() {
  while (readable_.load(std::memory_order_seq_cst) && !stop_.raised()) {
    const sync::EventCount::Key key = rearmed_.Prepare();
    if (!readable_.load(std::memory_order_seq_cst)) {
      rearmed_.Cancel(key);
      return;
    }
    rearmed_.Wait(key, Deadline::Forever(), &stop_);
  }
}

}  // namespace billiard::queue
