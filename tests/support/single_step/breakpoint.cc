#include "tests/support/single_step/breakpoint.h"

#include <sys/ptrace.h>
#include <sys/user.h>

#include <cstddef>

namespace billiard::testing {

#if defined(__x86_64__)

namespace {

// The address is in the first debug register, and what to do with it in the last.
constexpr size_t kAddressOffset = offsetof(user, u_debugreg[0]);
constexpr size_t kControlOffset = offsetof(user, u_debugreg[7]);
constexpr long kExecution = 1;  // of the first one; it stops in front of the instruction
constexpr long kNone = 0;

}  // namespace

const bool Breakpoint::kAvailable = true;

uintptr_t Breakpoint::NextInstruction(pid_t pid) {
  constexpr size_t kOffset = offsetof(user, regs) + offsetof(user_regs_struct, rip);
  return static_cast<uintptr_t>(ptrace(PTRACE_PEEKUSER, pid, kOffset, 0));
}

Breakpoint::Breakpoint(pid_t pid, uintptr_t address)
    : pid_(pid),
      is_set_(ptrace(PTRACE_POKEUSER, pid, kAddressOffset, address) == 0 &&
              ptrace(PTRACE_POKEUSER, pid, kControlOffset, kExecution) == 0) {}

Breakpoint::~Breakpoint() {
  if (is_set_) ptrace(PTRACE_POKEUSER, pid_, kControlOffset, kNone);
}

#else

const bool Breakpoint::kAvailable = false;
uintptr_t Breakpoint::NextInstruction(pid_t) { return 0; }
Breakpoint::Breakpoint(pid_t pid, uintptr_t) : pid_(pid), is_set_(false) {}
Breakpoint::~Breakpoint() {}

#endif

}  // namespace billiard::testing
