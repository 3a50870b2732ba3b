#include "billiard_core/base/exit_text.h"

#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace billiard {

std::string ExitStatusText(int32_t status) {
  if (status == kExitUnknown) return "exitcode unknown";
  if (status >= 0) return absl::StrCat("exitcode ", status);
  const int number = -status;
  if (number == SIGRTMIN) return absl::StrCat("signal ", number, " (SIGRTMIN)");
  const char* name = sigabbrev_np(number);
  if (name == nullptr) return absl::StrCat("signal ", number);
  return absl::StrCat("signal ", number, " (SIG", name, ")");
}

}  // namespace billiard
