// The host's side of plan.h: from a pool's options to the bytes that the template reads.
#ifndef BILLIARD_CORE_PROCESS_PLAN_WRITER_H_
#define BILLIARD_CORE_PROCESS_PLAN_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "billiard_core/process/template_command.h"

namespace billiard::process {

// kInvalid, naming what is wrong: a count of places below 1, no group, text with NUL, an
// environment entry without '='. `forked_allowed`: whether a group may have no command.
absl::Status CheckGroups(const std::vector<TemplateCommand>& groups, int count,
                         bool forked_allowed);

// The bytes of the plan. `fd_numbers[g]` are the numbers under which the template has the
// descriptors of group g. The host's environment of this moment goes into every group that has a
// command.
std::string WritePlan(const std::vector<TemplateCommand>& groups,
                      const std::vector<std::vector<int32_t>>& fd_numbers, int count,
                      uint64_t entries_offset);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_PLAN_WRITER_H_
