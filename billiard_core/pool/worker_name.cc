#include "billiard_core/pool/worker_name.h"

#include "absl/strings/str_cat.h"
#include "billiard_core/logging/process_name.h"
#include "billiard_core/os/process_title.h"

namespace billiard::pool {

std::string WorkerName(bool forked, uint32_t place) {
  return absl::StrCat(forked ? "Fork" : "Spawn", "PoolWorker-", place + 1);
}

void TakeWorkerName(bool forked, uint32_t place, absl::string_view pool_name) {
  logging::SetProcessName(WorkerName(forked, place));
  os::SetThreadName(absl::StrCat("billiard-w", place + 1));
  if (forked && !pool_name.empty()) {
    (void)os::SetProcessTitle(absl::StrCat("billiard: worker ", place + 1, " of ", pool_name));
  }
}

}  // namespace billiard::pool
