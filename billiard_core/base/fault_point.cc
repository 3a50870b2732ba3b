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

struct Fault {
  char point[64];
  int count;
  int signal_number;
  char ticket[512];  // empty: none is needed
};

std::atomic<pid_t> armed_process{0};  // a forked child has to arm itself
std::atomic<int> times_reached{0};
// What the environment is overruled by, if it has a point. Written before its process is armed.
Fault own_fault = {};

bool ReadFault(Fault* fault) {
  if (own_fault.point[0] != '\0') {
    *fault = own_fault;
    return true;
  }
  const char* text = getenv("BILLIARD_FAULT");
  return text != nullptr && sscanf(text, "%63[^:]:%d:%d:%511s", fault->point, &fault->count,
                                   &fault->signal_number, fault->ticket) == 4;
}

void ArmThisProcess() {
  times_reached = 0;
  armed_process = getpid();
}

}  // namespace

void ArmFaultPoints() {
  own_fault = {};
  ArmThisProcess();
}

void ArmFaultPoint(const char* point, int count, int signal_number) {
  own_fault = {};
  snprintf(own_fault.point, sizeof own_fault.point, "%s", point);
  own_fault.count = count;
  own_fault.signal_number = signal_number;
  ArmThisProcess();
}

void ReachFaultPoint(const char* point) {
  Fault fault;
  if (armed_process != getpid() || !ReadFault(&fault) || strcmp(point, fault.point) != 0) return;
  if (++times_reached != fault.count) return;
  if (fault.ticket[0] == '\0' || unlink(fault.ticket) == 0) kill(getpid(), fault.signal_number);
}

}  // namespace billiard

#endif  // BILLIARD_FAULT_POINTS
