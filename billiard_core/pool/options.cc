#include "billiard_core/pool/options.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/cpus.h"
#include "billiard_core/base/status.h"
#include "billiard_core/pool/job_word.h"
#include "billiard_core/pool/layout.h"

namespace billiard::pool {
namespace {

// Every process takes part in the segment (shared_memory/participants.h): room for the host and for
// workers that are dead and not taken back yet.
constexpr int64_t kMostWorkers = kMaxPlaces - 96;
constexpr uint32_t kMostJobs = 1u << 24;
constexpr uint64_t kLargestPayload = uint64_t{1} << 40;

absl::Status Invalid(absl::string_view what) { return MakeStatus(Code::kInvalid, what); }

absl::Status CheckTaskNames(const GroupOptions& group, const std::string& where) {
  if (!group.tasks) return absl::OkStatus();
  for (const std::string& task : *group.tasks) {
    if (task.empty() || task.size() > kMaxNameBytes) {
      return Invalid(absl::StrCat(where, ".tasks: a name has ", task.size(), " bytes, not 1 to ",
                                  kMaxNameBytes));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckGroup(GroupOptions* group, size_t index, bool only) {
  const std::string where = only ? "options" : absl::StrCat("options.groups[", index, "]");
  if (group->name.empty()) {
    group->name = index == 0 ? "default" : absl::StrCat("group-", index);
  }
  if (group->name.size() > kMaxNameBytes) {
    return Invalid(absl::StrCat(where, ".name: longer than ", kMaxNameBytes, " bytes"));
  }
  if (group->workers < 0) {
    return Invalid(absl::StrCat(where, ".workers: ", group->workers,
                                " is not a number of workers (0 means one per CPU)"));
  }
  if (group->workers == 0) group->workers = CpusAvailable();
  if (!group->command.empty() && group->command[0].empty()) {
    return Invalid(absl::StrCat(where, ".command[0]: is empty"));
  }
  return CheckTaskNames(*group, where);
}

}  // namespace

absl::Status CheckOptions(PoolOptions* options) {
  if (options->groups.empty()) return Invalid("options.groups: a pool needs at least one group");
  if (options->groups.size() > kMaxGroups) {
    return Invalid(absl::StrCat("options.group_count: ", options->groups.size(), " is more than ",
                                kMaxGroups));
  }
  int64_t workers = 0;
  std::set<std::string> names;
  for (size_t i = 0; i < options->groups.size(); ++i) {
    GroupOptions& group = options->groups[i];
    const absl::Status status = CheckGroup(&group, i, options->groups.size() == 1);
    if (!status.ok()) return status;
    if (!names.insert(group.name).second) {
      return Invalid(
          absl::StrCat("options.groups[", i, "].name: '", group.name, "' names two groups"));
    }
    workers += group.workers;
  }
  if (workers > kMostWorkers) {
    return Invalid(absl::StrCat("options.workers: ", workers, " is more than ", kMostWorkers));
  }
  if (options->max_workers == 0) {
    options->max_workers =
        static_cast<int>(std::min(std::max<int64_t>(64, 2 * workers), kMostWorkers));
  }
  if (options->max_workers < workers || options->max_workers > kMostWorkers) {
    return Invalid(absl::StrCat("options.max_workers: ", options->max_workers,
                                " is not between the ", workers, " workers and ", kMostWorkers));
  }
  if (options->event_loop && options->on_event) {
    return Invalid("options.on_event: in event-loop mode there is no thread to call it");
  }
  if (options->max_restarts < 0) return Invalid("options.max_restarts: is negative");
  if (options->restart_window_ns <= 0) {
    return Invalid("options.restart_window_ns: must be positive");
  }
  if (options->max_jobs == 0 || options->max_jobs > kMostJobs) {
    return Invalid(
        absl::StrCat("options.max_jobs: ", options->max_jobs, " is not between 1 and ", kMostJobs));
  }
  if (options->max_payload == 0 || options->max_payload > kLargestPayload) {
    return Invalid(absl::StrCat("options.max_payload: ", options->max_payload,
                                " is not between 1 and ", kLargestPayload));
  }
  if (options->name.size() > kMaxPoolName) {
    return Invalid(absl::StrCat("options.name: longer than ", kMaxPoolName, " bytes"));
  }
  if (options->lost_worker_timeout_ns <= 0) {
    return Invalid("options.lost_worker_timeout_ns: must be positive");
  }
  if (options->start_timeout_ns <= 0) return Invalid("options.start_timeout_ns: must be positive");
  if (options->boot_timeout_ns == 0) return Invalid("options.boot_timeout_ns: must not be 0 here");
  if (options->slots < 0) return Invalid("options.slots: is negative");
  if (options->slots == 0) options->slots = static_cast<int>(workers);
  if (options->max_boot_failures == 0) {
    options->max_boot_failures = static_cast<int>(std::min<int64_t>(10 * workers, INT32_MAX));
  }
  return absl::OkStatus();
}

}  // namespace billiard::pool
