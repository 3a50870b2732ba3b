// Sleeping until something has happened to the jobs of a map or stream (JobSlot::ended).
#ifndef BILLIARD_CORE_POOL_PARENT_WAIT_H_
#define BILLIARD_CORE_POOL_PARENT_WAIT_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/host_pool.h"

namespace billiard::pool {

// Returns OK as soon as done() is true, which is asked again whenever the parent's count has changed and
// its waiters were woken. `what` begins the message of a wait that ends otherwise.
template <typename Done>
absl::Status WaitForParent(HostPool* host, JobRef parent, const Done& done, Deadline deadline,
                           os::Interrupt* interrupt, absl::string_view what) {
  if (done()) return absl::OkStatus();
  JobSlot* slot = host->segment->slot(parent.slot);
  slot->waiters.fetch_add(1, std::memory_order_seq_cst);
  absl::Status status;
  while (true) {
    const uint32_t seen = slot->ended.load(std::memory_order_seq_cst);  // pairs with [CHILDREN]
    if (done()) break;
    const os::FutexResult result = host->WaitWhile(&slot->ended, seen, deadline, interrupt);
    if (done()) break;
    if (result == os::FutexResult::kTimedOut) {
      status = MakeStatus(Code::kTimeout, absl::StrCat(what, " had no outcome in time"));
      break;
    }
    if (result == os::FutexResult::kInterrupted) {
      status =
          MakeStatus(Code::kInterrupted, absl::StrCat("the wait for ", what, " was interrupted"));
      break;
    }
  }
  slot->waiters.fetch_sub(1, std::memory_order_seq_cst);
  return status;
}

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_PARENT_WAIT_H_
