#include "billiard_core/process/child/parent_death.h"

#include <sys/prctl.h>

#include <cerrno>

#include "billiard_core/base/status.h"

namespace billiard::process {

absl::Status SetParentDeathSignal(int signal_number) {
  if (prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(signal_number)) == 0) {
    return absl::OkStatus();
  }
  return OsStatus(errno, "can not set the parent-death signal");
}

int ParentDeathSignal() {
  int signal_number = 0;
  return prctl(PR_GET_PDEATHSIG, &signal_number) == 0 ? signal_number : 0;
}

}  // namespace billiard::process
