#include "tests/support/single_step/breakpoint.h"

#include <sys/ptrace.h>
#include <sys/user.h>

#include <cerrno>
#include <cstddef>

namespace billiard::testing {

#if defined(__x86_64__)

namespace {

constexpr long kTrap = 0xcc;  // int3, one byte
constexpr long kByte = 0xff;
constexpr size_t kNextOffset = offsetof(user, regs) + offsetof(user_regs_struct, rip);

}  // namespace

const bool Breakpoint::kAvailable = true;

uintptr_t Breakpoint::NextInstruction(pid_t pid) {
  return static_cast<uintptr_t>(ptrace(PTRACE_PEEKUSER, pid, kNextOffset, 0));
}

bool Breakpoint::StepBack(pid_t pid, uintptr_t address) {
  if (NextInstruction(pid) != address + 1) return false;
  return ptrace(PTRACE_POKEUSER, pid, kNextOffset, address) == 0;
}

Breakpoint::Breakpoint(pid_t pid, uintptr_t address) : pid_(pid), address_(address) {
  errno = 0;
  replaced_ = ptrace(PTRACE_PEEKTEXT, pid_, address_, 0);
  if (errno != 0) return;
  is_set_ = ptrace(PTRACE_POKETEXT, pid_, address_, (replaced_ & ~kByte) | kTrap) == 0;
}

Breakpoint::~Breakpoint() {
  if (is_set_) ptrace(PTRACE_POKETEXT, pid_, address_, replaced_);
}

#else

const bool Breakpoint::kAvailable = false;
uintptr_t Breakpoint::NextInstruction(pid_t) { return 0; }
bool Breakpoint::StepBack(pid_t, uintptr_t) { return false; }
Breakpoint::Breakpoint(pid_t pid, uintptr_t address) : pid_(pid), address_(address) {}
Breakpoint::~Breakpoint() {}

#endif

}  // namespace billiard::testing
