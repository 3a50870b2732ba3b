// The host's handle on its template process: a small single-threaded process that starts the pool's
// workers, is their parent, reports how each ended and takes everything down with the host (design
// D6). DESIGN.md beside this file says what happens when any of the processes dies at any step.
//
// Threads: one at a time (the pool's supervisor). Processes: only the one that made it; in a forked
// child the destructor closes the child's copies of the descriptors and does nothing else.
//
// I1: every request is answered by kStartFailed alone, or by kStarted and later by exactly one of
//     kExited and kStartFailed (the command could not be executed). A place may be asked for again
//     once that last event has been read. When the template dies (ReadEvent gives kClosed) what has
//     not been answered will not be.
// I2: the ChildEntry is up to date before its event is sent. A worker's pidfd may become readable
//     earlier; the outcome is known from the event or the entry, not from the pidfd.
// I3: no call here blocks on the template, but for the two Start functions (until it is set up) and
//     WaitUntilGone. A template that is stopped, or a host that does not read, loses no event.
//
//   std::unique_ptr<Template> maker = *Template::StartForked(entries, places, hooks, groups);
//   maker->RequestStart(/*place=*/0, /*incarnation=*/1, /*group=*/0);
//   poll({maker->channel_fd(), maker->pidfd()});
//   while (true) { auto event = maker->ReadEvent(); ... }
//   maker->Shutdown();
//   maker->WaitUntilGone(Deadline::After(kNanosPerSecond));
#ifndef BILLIARD_CORE_PROCESS_TEMPLATE_H_
#define BILLIARD_CORE_PROCESS_TEMPLATE_H_

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/process/child_entry.h"
#include "billiard_core/process/fork_hooks.h"
#include "billiard_core/process/protocol.h"
#include "billiard_core/process/template_command.h"

namespace billiard::process {

class Template {
 public:
  // A fork of this process becomes the template: workers of forked groups are forks of what this
  // process is now. To be called while the process has no other thread, or with hooks that know
  // what they do. `entries` (of `count` places) must be memory shared with forked children. Flushes
  // stdio first, so that nothing buffered is written twice.
  static absl::StatusOr<std::unique_ptr<Template>> StartForked(
      ChildEntry* entries, int count, const ForkHooks& hooks,
      const std::vector<TemplateCommand>& groups);

  // The program `path` (see FindTemplateProgram) becomes the template; all groups must have a
  // command. The time this takes does not depend on the size of this process, and none of its pages
  // is kept. The entries lie in `segment_fd` at `offset`, a multiple of 8.
  static absl::StatusOr<std::unique_ptr<Template>> StartSpawned(
      const std::string& path, int segment_fd, uint64_t offset, int count,
      const std::vector<TemplateCommand>& groups);

  // As Shutdown and then WaitUntilGone for at most half a second.
  ~Template();
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  pid_t pid() const { return pid_; }
  // Readable when the template has ended.
  int pidfd() const { return pidfd_.get(); }
  // Readable when ReadEvent has something. To be polled for POLLIN only.
  int channel_fd() const { return channel_.get(); }

  // Asks for a process at `place` (0 <= place < count); the answer comes as events. kInvalid: place
  // or group out of range; kClosed: the template has gone or was shut down.
  absl::Status RequestStart(int place, uint32_t incarnation, int group);

  struct Event {
    enum class Kind { kStarted, kStartFailed, kExited };
    Kind kind;
    int place = 0;
    uint32_t incarnation = 0;
    pid_t pid = 0;         // 0 in a kStartFailed without process
    os::Fd pidfd;          // kStarted; not valid when this process had no free descriptor (EMFILE)
    int wait_status = 0;   // kExited: exit code, or minus the number of the signal
    int error_number = 0;  // kStartFailed
    std::string text;      // kStartFailed: "can not execute 'foo': No such file or directory"
  };
  // The next event, nothing when there is none now, or kClosed after the last one of a template
  // that has ended. Never blocks.
  absl::StatusOr<std::optional<Event>> ReadEvent();

  // Asks the template to kill all workers and all descendants and to end when none is left.
  // Idempotent; events still come. Requests not yet begun are dropped without an answer.
  void Shutdown();

  // SIGKILL to the template: the workers die with it, but descendants of theirs may stay. For a
  // template that does not answer Shutdown.
  void Kill();

  // True when the template has ended, by the deadline at the latest.
  bool WaitUntilGone(Deadline deadline);

 private:
  Template(std::vector<TemplateCommand> groups, int count);
  // Learns who the template is, once its short-lived parent has ended, and waits until it is set
  // up.
  absl::Status Connect(os::Fd channel);
  absl::Status ReadSetup(bool* ready);
  absl::Status WaitForSetup(Deadline deadline);
  absl::Status FlushRequests();
  Event MakeEvent(const TemplateMessage& message, os::Fd pidfd) const;
  bool IsKnown(const StartRequest& request) const;
  bool IsOwner() const;

  // Fixed after construction.
  const uint64_t owner_;  // os::ProcessToken of the process that made it
  const std::vector<TemplateCommand> groups_;
  const int count_;
  pid_t pid_ = 0;
  os::Fd pidfd_;
  os::Fd channel_;

  // Requests that did not fit into the channel yet. While there are any, the channel is full of
  // requests whose events are still to come, so ReadEvent will be called again and sends the rest.
  std::deque<StartRequest> unsent_;
  bool shut_down_ = false;
};

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_TEMPLATE_H_
