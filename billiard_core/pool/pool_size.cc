// How many workers a pool has, and how they are: the part of the façade that changes no job.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/pool/pool.h"

namespace billiard::pool {

absl::StatusOr<uint32_t> Pool::FindGroup(absl::string_view name) const {
  if (name.empty()) return 0;
  for (uint32_t g = 0; g < host_->options.groups.size(); ++g) {
    if (host_->options.groups[g].name == name) return g;
  }
  return MakeStatus(Code::kInvalid, absl::StrCat("group: no group is named '", name, "'"));
}

absl::StatusOr<uint32_t> Pool::GroupToResize(absl::string_view name, int count) const {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  const absl::StatusOr<uint32_t> group = FindGroup(name);
  if (group.ok() && count < 0) return MakeStatus(Code::kInvalid, "count: is negative");
  return group;
}

absl::Status Pool::Grow(absl::string_view group_name, int count) {
  const absl::StatusOr<uint32_t> group = GroupToResize(group_name, count);
  if (!group.ok()) return group.status();
  {
    MutexLock lock(&host_->mutex);
    const absl::Status accepting = host_->MayAccept();
    if (!accepting.ok()) return accepting;
    if (count == 0) return absl::OkStatus();
    const int room = static_cast<int>(host_->places.count()) - host_->places.Wanted();
    if (count > room) {
      return MakeStatus(Code::kFull, absl::StrCat("count: the pool has max_workers = ",
                                                  host_->places.count(), ", room for ", room));
    }
    for (int i = 0; i < count; ++i) host_->places.Add(*group);
    host_->jobs.slots().Grow(count);
    host_->PublishPlaces();
    PoolEvent event;
    event.kind = EventKind::kGrow;
    event.group = static_cast<int32_t>(*group);
    event.count = count;
    host_->Announce(event);
  }
  supervisor_->Poke();
  host_->segment->TellSubmitters();  // there are more slots
  return absl::OkStatus();
}

absl::Status Pool::Shrink(absl::string_view group_name, int count, bool drain) {
  const absl::StatusOr<uint32_t> group = GroupToResize(group_name, count);
  if (!group.ok()) return group.status();
  {
    MutexLock lock(&host_->mutex);
    const absl::Status accepting = host_->MayAccept();
    if (!accepting.ok()) return accepting;
    if (count == 0) return absl::OkStatus();
    // The last places first, and before them all those without a job.
    std::vector<uint32_t> inactive, busy;
    for (uint32_t p = host_->places.count(); p-- > 0;) {
      if (!host_->places.IsWanted(p) || host_->places.GroupAt(p) != *group) continue;
      const WorkerInfo info = LookAtWorker(host_->segment->tables(), p);
      (info.activity == WorkerActivity::kBusy ? busy : inactive).push_back(p);
    }
    const size_t wanted = static_cast<size_t>(count);
    if (wanted >= inactive.size() + busy.size()) {
      return MakeStatus(Code::kInvalid,
                        absl::StrCat("count: group '", host_->options.groups[*group].name, "' has ",
                                     inactive.size() + busy.size(), " workers, one must stay"));
    }
    if (!drain && wanted > inactive.size()) {
      return MakeStatus(Code::kState, "Can't shrink pool. All processes busy!");
    }
    inactive.insert(inactive.end(), busy.begin(), busy.end());
    for (size_t i = 0; i < wanted; ++i) host_->places.Remove(inactive[i]);
    host_->jobs.slots().Shrink(static_cast<int64_t>(wanted));
    host_->PublishPlaces();
    PoolEvent event;
    event.kind = EventKind::kShrink;
    event.group = static_cast<int32_t>(*group);
    event.count = count;
    host_->Announce(event);
  }
  supervisor_->Poke();
  return absl::OkStatus();
}

absl::Status Pool::Restart() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  {
    MutexLock lock(&host_->mutex);
    const absl::Status accepting = host_->MayAccept();
    if (!accepting.ok()) return accepting;
  }
  host_->restart_requested = true;
  supervisor_->Poke();
  return absl::OkStatus();
}

absl::Status Pool::Refork() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  if (!host_->options.AnyGroupForks()) {
    return MakeStatus(Code::kState, "pool: has no workers that are forks of this process");
  }
  {
    MutexLock lock(&host_->mutex);
    if (!host_->accepting) return MakeStatus(Code::kState, "pool: is not running");
    if (!host_->failure.ok() && !host_->can_refork) return host_->WhyFailed();
  }
  const absl::Status allowed = CheckFork(host_->options);
  if (!allowed.ok()) return allowed;
  absl::StatusOr<std::unique_ptr<process::Template>> made = Supervisor::MakeTemplate(*host_);
  if (!made.ok()) return made.status();
  supervisor_->Adopt(*std::move(made));
  return WaitAdopted();
}

// Until the supervisor has taken what was given to it, so that the pool accepts jobs.
absl::Status Pool::WaitAdopted() {
  const uint32_t given = ++given_;
  while (true) {
    const uint32_t seen = host_->news.value();
    if (static_cast<int32_t>(host_->adopted.load() - given) >= 0) return absl::OkStatus();
    if (host_->phase.value() == static_cast<uint32_t>(PoolPhase::kEnded)) {
      return MakeStatus(Code::kState, "pool: has ended");
    }
    host_->WaitWhile(host_->news, seen, Deadline::Forever(), nullptr);
  }
}

bool Pool::DidStartOk() const { return host_->MadeHere() && host_->exits.load() == 0; }

absl::Status Pool::Maintain() {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  if (host_->loop != nullptr) host_->loop->Step();
  MutexLock lock(&host_->mutex);
  return host_->failure.ok() ? absl::OkStatus() : host_->WhyFailed();
}

absl::StatusOr<os::Fd> Pool::WorkerSentinel(int32_t pid) const {
  const absl::Status here = host_->CheckProcess();
  if (!here.ok()) return here;
  for (uint32_t p = 0; pid > 0 && p < host_->segment->place_count(); ++p) {
    const process::ChildEntry& child = host_->segment->children()[p];
    const auto is_running = [&child, pid] {
      const uint64_t word = child.word.load(std::memory_order_acquire);
      return process::StateOf(word) == process::ChildState::kRunning &&
             child.pid.load(std::memory_order_relaxed) == pid;
    };
    if (!is_running()) continue;
    absl::StatusOr<os::Fd> sentinel = os::PidfdOpen(pid);
    // Still running after the opening: the pid was no other process's (I2 of child_entry.h).
    if (!sentinel.ok() || is_running()) return sentinel;
  }
  return MakeStatus(Code::kNotFound, absl::StrCat("pid: ", pid, " is no worker of the pool"));
}

}  // namespace billiard::pool
