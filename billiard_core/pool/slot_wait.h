// Sleeping until a job has ended or something else has changed that a submitter waits for: one of
// max_jobs places, or a slot (host_slots.h).
//
// While it lives, every end of a job bumps PoolHeader::ended_epoch. To be used like this, so that no end
// is missed:
//
//   try; if it fails: make a SlotWaiter; loop { seen = epoch(); try again; Sleep(seen) }
#ifndef BILLIARD_CORE_POOL_SLOT_WAIT_H_
#define BILLIARD_CORE_POOL_SLOT_WAIT_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/pool/host_pool.h"

namespace billiard::pool {

class SlotWaiter {
 public:
  explicit SlotWaiter(HostPool* host) : host_(host), header_(host->segment->header()) {
    header_->slot_waiters.fetch_add(1, std::memory_order_seq_cst);  // pairs with [ENDED]
  }
  ~SlotWaiter() { header_->slot_waiters.fetch_sub(1, std::memory_order_seq_cst); }
  SlotWaiter(const SlotWaiter&) = delete;
  SlotWaiter& operator=(const SlotWaiter&) = delete;

  uint32_t epoch() const { return header_->ended_epoch.load(std::memory_order_seq_cst); }

  // OK when the epoch is not `seen` any more; `full` when it stays so until the deadline.
  absl::Status Sleep(uint32_t seen, const absl::Status& full, Deadline deadline,
                     os::Interrupt* interrupt) {
    switch (host_->WaitWhile(&header_->ended_epoch, seen, deadline, interrupt)) {
      case os::FutexResult::kTimedOut:
        return full;
      case os::FutexResult::kInterrupted:
        return MakeStatus(Code::kInterrupted, "the wait for a place in the pool was interrupted");
      default:
        return absl::OkStatus();
    }
  }

 private:
  HostPool* const host_;
  PoolHeader* const header_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_SLOT_WAIT_H_
