#include "billiard_core/process/birth.h"

#include <sys/wait.h>

#include <cerrno>

#include "billiard_core/os/child_process.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/message.h"

namespace billiard::process {

void AnnounceBirth(int channel, pid_t template_pid) {
  if (template_pid < 0) return AnnounceFailure(channel, StartStep::kFork);
  // The template is this process's child and not reaped, so the pid is still its own.
  const os::Fd pidfd(os::OpenPidfd(template_pid));
  if (!pidfd.valid()) return AnnounceFailure(channel, StartStep::kPrepare);
  TemplateMessage message = {};
  message.kind = MessageKind::kBorn;
  message.pid = template_pid;
  os::SendMessage(channel, &message, sizeof message, pidfd.get());
}

void AnnounceFailure(int channel, StartStep step) {
  TemplateMessage message = {};
  message.kind = MessageKind::kSetupFailed;
  message.status = errno;
  message.step = step;
  os::SendMessage(channel, &message, sizeof message, -1);
}

void ReapIntermediate(pid_t pid) {
  while (waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
  }
}

}  // namespace billiard::process
