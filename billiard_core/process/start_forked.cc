// Template::StartForked: a fork of the host becomes the template.
#include <stdio.h>
#include <unistd.h>

#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/os/child_process.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/os/socket.h"
#include "billiard_core/process/birth.h"
#include "billiard_core/process/plan.h"
#include "billiard_core/process/plan_writer.h"
#include "billiard_core/process/template.h"
#include "billiard_core/process/template_loop.h"
#include "billiard_core/process/worker_start.h"

namespace billiard::process {
namespace {

constexpr int kBadPlan = 4;

// libc's fork takes care of locks that other threads may hold; the unseen one can not.
pid_t ForkIntermediate(const ForkHooks& hooks) {
  const bool alone = hooks.fork_process == nullptr && os::ThreadCount() == 1;
  return alone ? os::ForkUnseen() : ForkByHooks(hooks);
}

[[noreturn]] void LiveAsTemplate(TemplatePlan plan, std::string* bytes) {
  if (!ReadPlan(bytes->data(), bytes->size(), &plan)) _exit(kBadPlan);
  RunTemplate(plan);
}

bool HasForkedGroup(const std::vector<TemplateCommand>& groups) {
  for (const TemplateCommand& group : groups) {
    if (group.argv.empty()) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Template>> Template::StartForked(
    ChildEntry* entries, int count, const ForkHooks& hooks,
    const std::vector<TemplateCommand>& groups) {
  absl::Status status = CheckGroups(groups, count, /*forked_allowed=*/true);
  if (!status.ok()) return status;
  if (HasForkedGroup(groups) && hooks.child_main == nullptr) {
    return MakeStatus(Code::kInvalid, "a forked group needs a function to run");
  }
  absl::StatusOr<std::pair<os::Fd, os::Fd>> channel = os::CreateSocketPair();
  if (!channel.ok()) return channel.status();
  absl::StatusOr<os::Fd> host_pidfd = os::PidfdOpen(getpid());
  if (!host_pidfd.ok()) return host_pidfd.status();

  std::vector<std::vector<int32_t>> fds;
  for (const TemplateCommand& group : groups) fds.emplace_back(group.fds.begin(), group.fds.end());
  std::string bytes = WritePlan(groups, fds, count, /*entries_offset=*/0);
  TemplatePlan plan = {};
  plan.entries = entries;
  plan.hooks = hooks;
  plan.channel = channel->second.get();
  plan.host_pidfd = host_pidfd->get();

  fflush(nullptr);
  pid_t intermediate;
  {
    // No handler of the host may run in a process that only looks like the host.
    const os::SignalsBlocked blocked;
    intermediate = ForkIntermediate(hooks);
    if (intermediate == 0) {
      channel->first.Reset();
      const pid_t template_pid = ForkByHooks(hooks);
      if (template_pid == 0) LiveAsTemplate(plan, &bytes);
      AnnounceBirth(plan.channel, template_pid);
      _exit(0);
    }
  }
  if (intermediate < 0) return OsStatus(Code::kStartFailed, errno, "can not fork the template");
  channel->second.Reset();
  ReapIntermediate(intermediate);
  auto made = std::unique_ptr<Template>(new Template(groups, count));
  status = made->Connect(std::move(channel->first));
  if (!status.ok()) return status;
  return made;
}

}  // namespace billiard::process
