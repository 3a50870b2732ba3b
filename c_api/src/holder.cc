#include "c_api/src/holder.h"

#include <unistd.h>

#include "billiard_core/process/child/self.h"

namespace billiard::c_api {
namespace {

const pid_t kLoadedBy = getpid();

// Whether the name of a process object stands for this process, and not for its parent.
bool HasName(const process::SelfFacts& facts, pid_t pid) {
  return pid == kLoadedBy || facts.pid == pid;
}

}  // namespace

bp_held_by HeldBy(const shared_memory::Participants& participants, shared_memory::Owner owner,
                  int32_t* pid) {
  if (pid != nullptr) *pid = 0;
  if (owner == shared_memory::kNobody) return BP_HELD_BY_NOBODY;
  if (pid != nullptr) *pid = participants.PidOf(owner);
  if (owner == participants.SelfIfRegistered()) return BP_HELD_BY_CALLER;
  return participants.IsDead(owner) ? BP_HELD_BY_DEAD : BP_HELD_BY_PROCESS;
}

std::string OwnName(const char* self) {
  if (self != nullptr) return self;
  const pid_t pid = getpid();
  const process::SelfFacts facts = process::Self();
  return HasName(facts, pid) ? facts.name : "Process-" + std::to_string(pid);
}

}  // namespace billiard::c_api
