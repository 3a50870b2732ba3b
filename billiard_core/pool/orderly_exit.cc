#include "billiard_core/pool/orderly_exit.h"

#include <unistd.h>

#include <cerrno>

#include "billiard_core/process/child/term_signal.h"

namespace billiard::pool {
namespace {

std::atomic<OrderlyExit*> installed{nullptr};

constexpr int kFewSignals[] = {SIGHUP, SIGQUIT};
constexpr int kMoreSignals[] = {SIGPIPE, SIGALRM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGUSR2};

// The default action, now: the signal is blocked while its handler runs, and acts when that returns.
void ActByDefault(int signal_number) {
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

}  // namespace

OrderlyExit::OrderlyExit(os::Interrupt* interrupt) : pid_(getpid()), interrupt_(interrupt) {}

std::unique_ptr<OrderlyExit> OrderlyExit::Install(Signals signals, os::Interrupt* interrupt) {
  std::unique_ptr<OrderlyExit> made(new OrderlyExit(interrupt));
  OrderlyExit* before = installed.load();
  // That of the worker from which this process was forked is not ours.
  if (before != nullptr && before->pid_ == getpid()) return nullptr;
  if (!installed.compare_exchange_strong(before, made.get())) return nullptr;
  const int term = process::TermSignal();
  made->Take(term, &OrderlyExit::Handle, /*also_ignored=*/term != SIGTERM);  // UTIL-90
  if (term != SIGTERM) made->Take(SIGTERM, SIG_IGN);
  for (const int number : kFewSignals) made->Take(number, &OrderlyExit::Handle);
  if (signals == Signals::kAll) {
    for (const int number : kMoreSignals) made->Take(number, &OrderlyExit::Handle);
  }
  made->Take(SIGINT, SIG_IGN);
  return made;
}

// Errors are ignored (UTIL-93).
void OrderlyExit::Take(int signal_number, void (*handler)(int), bool also_ignored) {
  struct sigaction before = {};
  if (sigaction(signal_number, nullptr, &before) != 0) return;
  const bool free = before.sa_handler == SIG_DFL || before.sa_handler == &OrderlyExit::Handle ||
                    (also_ignored && before.sa_handler == SIG_IGN);
  if (!free) return;
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  if (sigaction(signal_number, &action, nullptr) != 0) return;
  // Also where it was the handler of the process that forked this one.
  if (before.sa_handler != SIG_IGN) before.sa_handler = SIG_DFL;
  before_.emplace_back(signal_number, before);
}

OrderlyExit::~OrderlyExit() {
  for (const auto& [number, action] : before_) sigaction(number, &action, nullptr);
  OrderlyExit* self = this;
  installed.compare_exchange_strong(self, nullptr);
}

void OrderlyExit::Handle(int signal_number) {
  const int saved = errno;
  OrderlyExit* exit = installed.load(std::memory_order_seq_cst);
  if (exit == nullptr || exit->pid_ != getpid()) {
    ActByDefault(signal_number);
  } else {
    exit->OnSignal(signal_number);
  }
  errno = saved;
}

void OrderlyExit::OnSignal(int signal_number) {
  int none = 0;
  if (!signal_.compare_exchange_strong(none, signal_number)) _exit(kExitImpatient);
  token_.Raise();
  if (interrupt_ != nullptr) interrupt_->Raise();
}

void OrderlyExit::Die() {
  const int number = signal_number();
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  signal(number, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  raise(number);
  _exit(128 + number);  // only where something keeps the signal from acting
}

}  // namespace billiard::pool
