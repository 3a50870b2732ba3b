// What the template process has to know, in plain structs: libc only, since the forked template and
// the billiard-template program run the same code. The host writes it as one run of bytes
// (plan_writer.h), which ReadPlan takes apart in place.
#ifndef BILLIARD_CORE_PROCESS_PLAN_H_
#define BILLIARD_CORE_PROCESS_PLAN_H_

#include <cstddef>
#include <cstdint>

#include "billiard_core/process/child_entry.h"
#include "billiard_core/process/fork_hooks.h"

namespace billiard::process {

// One group. A forked group has no arguments.
struct GroupPlan {
  char** argv;         // ended by nullptr; nullptr: forked
  char** environment;  // ended by nullptr, after a free slot for BILLIARD_WORKER
  int environment_count;
  const int32_t* fds;
  int fd_count;
  const char* worker_prefix;
};

struct TemplatePlan {
  ChildEntry* entries;
  int count;  // places
  GroupPlan* groups;
  int group_count;
  ForkHooks hooks;
  int channel;     // the template's end
  int host_pidfd;  // opened by the host on itself
};

// The bytes: a PlanHeader, then for each group a GroupHeader, its descriptors (int32_t each) and
// its texts (arguments, environment, prefix), each ended by NUL, padded to a multiple of 4.
struct PlanHeader {
  uint32_t version;  // kProtocolVersion
  int32_t count;
  int32_t group_count;
  uint32_t reserved;
  uint64_t entries_offset;  // in the segment; only for billiard-template
};

struct GroupHeader {
  int32_t argument_count;
  int32_t environment_count;
  int32_t fd_count;
  int32_t text_bytes;
};

// Descriptors that the host gives billiard-template; those for the workers follow.
inline constexpr int kTemplateChannel = 3;
inline constexpr int kTemplateHostPidfd = 4;
inline constexpr int kTemplateSegment = 5;
inline constexpr int kTemplatePlan = 6;
inline constexpr int kTemplateFirstPassed = 7;

// Sets count, groups and group_count of *plan, which point into the bytes: these must stay and be
// writable, for execve's sake. False: damaged, or out of memory.
bool ReadPlan(char* bytes, size_t size, TemplatePlan* plan);

// Frees what ReadPlan allocated.
void FreePlan(TemplatePlan* plan);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_PLAN_H_
