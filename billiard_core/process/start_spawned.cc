// Template::StartSpawned: the program billiard-template becomes the template. Both processes of the
// double fork share the host's memory while they live, so nothing of it is copied.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/child_process.h"
#include "billiard_core/os/memory_map.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/os/socket.h"
#include "billiard_core/process/birth.h"
#include "billiard_core/process/plan.h"
#include "billiard_core/process/plan_writer.h"
#include "billiard_core/process/template.h"

namespace billiard::process {
namespace {

constexpr int kCouldNotExecute = 127;

// All that the two processes need; made by the host before.
struct Spawn {
  const char* path;
  char* const* argv;
  std::vector<int> fds;  // for kTemplateChannel and what follows
};

// Runs in the process that becomes the template.
int ExecuteTemplate(void* argument) {
  const Spawn& spawn = *static_cast<const Spawn*>(argument);
  setpgid(0, 0);
  if (os::PlaceDescriptors(spawn.fds.data(), static_cast<int>(spawn.fds.size()),
                           kTemplateChannel) != 0) {
    AnnounceFailure(spawn.fds[0], StartStep::kPrepare);
    return kCouldNotExecute;
  }
  execv(spawn.path, spawn.argv);
  AnnounceFailure(kTemplateChannel, StartStep::kExecute);
  return kCouldNotExecute;
}

// Runs in the intermediate process. Its own fork is not to be unseen by itself, hence SIGCHLD.
int MakeTemplate(void* argument) {
  const Spawn& spawn = *static_cast<const Spawn*>(argument);
  AnnounceBirth(spawn.fds[0], os::CloneSharingMemory(ExecuteTemplate, argument, SIGCHLD));
  return 0;
}

// Gives every distinct descriptor that a worker needs a number in the template.
std::vector<std::vector<int32_t>> NumberDescriptors(const std::vector<TemplateCommand>& groups,
                                                    std::vector<int>* fds) {
  std::map<int, int32_t> numbers;
  std::vector<std::vector<int32_t>> numbered(groups.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    for (const int fd : groups[i].fds) {
      const auto [place, is_new] =
          numbers.emplace(fd, kTemplateChannel + static_cast<int32_t>(fds->size()));
      if (is_new) fds->push_back(fd);
      numbered[i].push_back(place->second);
    }
  }
  return numbered;
}

absl::StatusOr<os::Fd> PlanFile(const std::string& bytes) {
  absl::StatusOr<os::Fd> file = os::CreateMemfd("billiard-plan", bytes.size());
  if (!file.ok()) return file;
  if (pwrite(file->get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return OsStatus(errno, "write the template's plan");
  }
  return file;
}

absl::Status WithPath(const absl::Status& status, const std::string& path) {
  const int error = ErrnoOf(status);
  if (error != 0) {
    return OsStatus(CodeOf(status), error, absl::StrCat("can not start '", path, "'"));
  }
  return MakeStatus(CodeOf(status), absl::StrCat("'", path, "': ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Template>> Template::StartSpawned(
    const std::string& path, int segment_fd, uint64_t offset, int count,
    const std::vector<TemplateCommand>& groups) {
  absl::Status status = CheckGroups(groups, count, /*forked_allowed=*/false);
  if (!status.ok()) return status;
  absl::StatusOr<std::pair<os::Fd, os::Fd>> channel = os::CreateSocketPair();
  if (!channel.ok()) return channel.status();
  absl::StatusOr<os::Fd> host_pidfd = os::PidfdOpen(getpid());
  if (!host_pidfd.ok()) return host_pidfd.status();

  // In the order of kTemplateChannel, kTemplateHostPidfd, kTemplateSegment, kTemplatePlan.
  Spawn spawn;
  spawn.fds = {channel->second.get(), host_pidfd->get(), segment_fd, -1};
  const std::vector<std::vector<int32_t>> numbered = NumberDescriptors(groups, &spawn.fds);
  absl::StatusOr<os::Fd> plan = PlanFile(WritePlan(groups, numbered, count, offset));
  if (!plan.ok()) return plan.status();
  spawn.fds[kTemplatePlan - kTemplateChannel] = plan->get();

  std::string name = "billiard-template";
  std::string version = absl::StrCat(kProtocolVersion);
  char* const argv[] = {name.data(), version.data(), nullptr};
  spawn.path = path.c_str();
  spawn.argv = argv;
  pid_t intermediate;
  {
    const os::SignalsBlocked blocked;
    intermediate = os::CloneSharingMemory(MakeTemplate, &spawn, /*exit_signal=*/0);
  }
  if (intermediate < 0) return OsStatus(Code::kStartFailed, errno, "can not start the template");
  channel->second.Reset();
  ReapIntermediate(intermediate);
  auto made = std::unique_ptr<Template>(new Template(groups, count));
  status = made->Connect(std::move(channel->first));
  if (!status.ok()) return WithPath(status, path);
  return made;
}

}  // namespace billiard::process
