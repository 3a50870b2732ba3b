#include "billiard_core/pool/soft_signal.h"

#include <sched.h>

#include <cerrno>
#include <utility>

#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/eventfd.h"

namespace billiard::pool {
namespace {

std::atomic<SoftSignal*> installed{nullptr};
std::atomic<int> handlers_at_work{0};

// How long a signal may take that the host has decided to send: the task may have blocked it.
constexpr int64_t kSignalGrace = 50 * kNanosPerMilli;

}  // namespace

absl::StatusOr<std::unique_ptr<SoftSignal>> SoftSignal::Install(const WorkerEntry* entry,
                                                                os::Interrupt* interrupt) {
  std::unique_ptr<SoftSignal> signal(new SoftSignal(entry, interrupt));
  absl::StatusOr<os::Fd> event = os::CreateEventfd();
  if (!event.ok()) return event.status();
  signal->event_ = *std::move(event);
  SoftSignal* none = nullptr;
  if (!installed.compare_exchange_strong(none, signal.get())) {
    return MakeStatus(Code::kState, "options.soft_signal: another worker of this process has it");
  }
  struct sigaction action = {};
  action.sa_handler = &SoftSignal::Handle;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR1, &action, &signal->before_);
  return signal;
}

SoftSignal::~SoftSignal() {
  SoftSignal* self = this;
  if (!installed.compare_exchange_strong(self, nullptr)) return;  // it never came to be
  sigaction(SIGUSR1, &before_, nullptr);
  EndJob();
}

// Whoever sees the handler's begin waits for its end; whoever does not is seen by the handler, which
// then finds no job.
void SoftSignal::Handle(int) {
  const int saved = errno;
  handlers_at_work.fetch_add(1, std::memory_order_seq_cst);
  if (SoftSignal* signal = installed.load(std::memory_order_seq_cst)) signal->OnSignal();
  handlers_at_work.fetch_sub(1, std::memory_order_seq_cst);
  errno = saved;
}

void SoftSignal::OnSignal() {
  const uint64_t job = job_.load(std::memory_order_seq_cst);
  if (job == 0 || entry_->soft_job.load(std::memory_order_seq_cst) != job) return;
  told_.store(true, std::memory_order_relaxed);
  os::PokeEventfd(event_.get());
  if (interrupt_ != nullptr) interrupt_->Raise();
}

// The signal for a job that was named in time is on its way: it shall not interrupt the next job.
void SoftSignal::AwaitSignal() const {
  const uint64_t job = job_.load(std::memory_order_relaxed);
  if (job == 0) return;
  const Deadline deadline = Deadline::After(kSignalGrace);
  while (entry_->soft_job.load(std::memory_order_seq_cst) == job &&
         !told_.load(std::memory_order_acquire) && !deadline.Expired()) {
    sched_yield();
  }
}

void SoftSignal::EndJob() {
  AwaitSignal();
  job_.store(0, std::memory_order_seq_cst);
  while (handlers_at_work.load(std::memory_order_seq_cst) != 0) {
  }
  if (!told_.exchange(false)) return;
  os::DrainEventfd(event_.get());
  if (interrupt_ != nullptr) interrupt_->Reset();
}

}  // namespace billiard::pool
