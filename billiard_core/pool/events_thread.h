// The thread that reads a pool's events and calls the host's function with each, in order, one at a time
// (PoolOptions::on_event).
#ifndef BILLIARD_CORE_POOL_EVENTS_THREAD_H_
#define BILLIARD_CORE_POOL_EVENTS_THREAD_H_

#include <atomic>
#include <memory>
#include <thread>

#include "billiard_core/pool/host_pool.h"

namespace billiard::pool {

class EventsThread {
 public:
  explicit EventsThread(std::shared_ptr<HostPool> host);
  // Tells what there still is, and waits for the end of the last call. Not to be called from one.
  ~EventsThread();

 private:
  void Run();
  bool TellSome();

  const std::shared_ptr<HostPool> host_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_EVENTS_THREAD_H_
