#include "billiard_core/base/fault_point.h"

#ifdef BILLIARD_FAULT_POINTS

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace billiard {
namespace {

std::atomic<pid_t> armed_process{0};  // a forked child has to arm itself
std::atomic<int> times_reached{0};

struct Fault {
  char point[64];
  int count;
  int signal_number;
  char ticket[512];
};

bool ReadFault(Fault* fault) {
  const char* text = getenv("BILLIARD_FAULT");
  return text != nullptr && sscanf(text, "%63[^:]:%d:%d:%511s", fault->point, &fault->count,
                                   &fault->signal_number, fault->ticket) == 4;
}

}  // namespace

void ArmFaultPoints() {
  times_reached = 0;
  armed_process = getpid();
}

void ReachFaultPoint(const char* point) {
  Fault fault;
  if (armed_process != getpid() || !ReadFault(&fault) || strcmp(point, fault.point) != 0) return;
  if (++times_reached == fault.count && unlink(fault.ticket) == 0) {
    kill(getpid(), fault.signal_number);
  }
}

}  // namespace billiard

#endif  // BILLIARD_FAULT_POINTS
