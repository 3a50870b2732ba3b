#include "billiard_core/process/child/term_signal.h"

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace billiard::process {
namespace {

int SignalNamed(const char* name) {
  if (strncmp(name, "SIG", 3) != 0) return 0;
  for (int number = 1; number < NSIG; ++number) {
    const char* known = sigabbrev_np(number);
    if (known != nullptr && strcmp(known, name + 3) == 0) return number;
  }
  return 0;
}

}  // namespace

int TermSignal() {
  static const int signal_number = [] {
    const char* name = getenv("REMAP_SIGTERM");
    const int remapped = name == nullptr ? 0 : SignalNamed(name);
    return remapped == 0 ? SIGTERM : remapped;
  }();
  return signal_number;
}

}  // namespace billiard::process
