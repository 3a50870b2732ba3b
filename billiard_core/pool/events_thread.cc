#include "billiard_core/pool/events_thread.h"

#include <poll.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/logging/logger.h"
#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/threads.h"
#include "billiard_core/pool/user_code.h"

namespace billiard::pool {

EventsThread::EventsThread(std::shared_ptr<HostPool> host) : host_(std::move(host)) {
  thread_ = os::StartLibraryThread("billiard-events", [this] { Run(); });
}

EventsThread::~EventsThread() {
  stopped_ = true;
  os::PokeEventfd(host_->finished.get());
  thread_.join();
}

void EventsThread::Run() {
  while (true) {
    const bool stopped = stopped_.load();  // before the look: what came earlier is told
    while (TellSome()) {
    }
    if (stopped) return;
    pollfd entry = {host_->finished.get(), POLLIN, 0};
    if (!stopped_.load()) poll(&entry, 1, -1);
  }
}

// The host's function may do what it likes, also fork: the gate is not held then.
bool EventsThread::TellSome() {
  PoolEvent events[32];
  size_t count;
  {
    os::ForkGate::Hold hold;
    count = host_->ReadEvents(events, 32);
  }
  for (size_t i = 0; i < count; ++i) {
    const absl::optional<Thrown> thrown = CallUser([&] { host_->options.on_event(events[i]); });
    if (thrown) {
      logging::Log(logging::kError, absl::StrCat("events thread: on_event raised exception: ",
                                                 thrown->class_name, ": ", thrown->what));
    }
  }
  return count != 0;
}

}  // namespace billiard::pool
