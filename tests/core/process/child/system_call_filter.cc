#include "tests/core/process/child/system_call_filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>

namespace billiard::process {
namespace {

// `compare`: BPF_JEQ or BPF_JGE, of the low half of an argument. Both supported systems are little-endian.
void Install(uint32_t number, int argument, uint16_t compare, uint32_t value, uint32_t action) {
  const auto offset = static_cast<uint32_t>(offsetof(seccomp_data, args) + 8 * argument);
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset),
      BPF_JUMP(BPF_JMP | compare | BPF_K, value, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {sizeof rules / sizeof rules[0], rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    abort();
  }
}

}  // namespace

void ForbidClosingFrom(uint32_t first) {
  Install(SYS_close, 0, BPF_JGE, first, SECCOMP_RET_KILL_PROCESS);
}

void RefuseActionsOf(int signal_number) {
  Install(SYS_rt_sigaction, 0, BPF_JEQ, static_cast<uint32_t>(signal_number),
          SECCOMP_RET_ERRNO | EPERM);
}

void ForgetIoctl(uint32_t request) {
  Install(SYS_ioctl, 1, BPF_JEQ, request, SECCOMP_RET_ERRNO | ENOTTY);
}

}  // namespace billiard::process
