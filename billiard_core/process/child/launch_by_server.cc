// The child is a fork of the tree's fork server, which also tells how it ended.
#include <cerrno>
#include <csignal>
#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/os/message.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/process/child/handshake.h"
#include "billiard_core/process/child/launch.h"
#include "billiard_core/process/child/prepare.h"
#include "billiard_core/process/child/server_connection.h"

namespace billiard::process {
namespace {

// A server that was killed is seen by its silence alone; the next one is asked once.
constexpr int kTries = 2;

absl::Status SendAll(const LibraryFd& channel, const Prepared& prepared) {
  for (const int fd : prepared.fds) {
    const char byte = 'd';
    if (os::SendMessage(channel.get(), &byte, 1, fd) != 1) {
      return OsStatus(errno, "options.fds: can not pass a descriptor");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Launched> AwaitReady(LibraryFd channel, const News& born, LibraryFd pidfd,
                                    Deadline deadline) {
  const News news = NextNews(channel.get(), deadline, nullptr);
  if (news.kind == NewsKind::kReady) {
    Launched launched;
    launched.pid = born.pid;
    launched.pidfd = std::move(pidfd);
    launched.channel = std::move(channel);
    return launched;
  }
  os::PidfdSendSignal(pidfd.get(), SIGKILL).IgnoreError();
  if (news.kind == NewsKind::kFailed) return FailureOf(news);
  if (news.kind == NewsKind::kNone)
    return MakeStatus(Code::kTimeout, "the child was not ready in time");
  return MakeStatus(Code::kStartFailed, "the child ended before it was ready");
}

}  // namespace

absl::StatusOr<Launched> LaunchByServer(const LaunchPlan& plan) {
  for (int tries = 0; tries < kTries; ++tries) {
    absl::StatusOr<std::pair<LibraryFd, LibraryFd>> ends = LibraryFd::MakeSocketPair();
    if (!ends.ok()) return ends.status();
    absl::Status status = RequestFork(ends->second.get(), plan.deadline);
    if (!status.ok()) return status;
    ends->second.Reset();
    // After the request, which may have started the server: the child is to be able to ask it, too.
    absl::StatusOr<LibraryFd> server = CopyOfServerConnection();
    if (!server.ok()) return server.status();
    absl::StatusOr<Prepared> prepared =
        Prepare(PreparationOf(plan), server->get(), plan.options->fds);
    if (!prepared.ok()) return prepared.status();
    status = SendAll(ends->first, *prepared);
    // The child sees that no more comes, and leaves.
    if (!status.ok() && ErrnoOf(status) != EPIPE) return status;
    LibraryFd pidfd;
    const News news = NextNews(ends->first.get(), plan.deadline, &pidfd);
    if (news.kind == NewsKind::kBorn && pidfd.valid()) {
      return AwaitReady(std::move(ends->first), news, std::move(pidfd), plan.deadline);
    }
    if (news.kind == NewsKind::kFailed) return FailureOf(news);
    if (news.kind == NewsKind::kNone) {
      return MakeStatus(Code::kTimeout, "the fork server did not answer in time");
    }
    ForgetServer();
  }
  return MakeStatus(Code::kStartFailed, "the fork server was killed twice");
}

}  // namespace billiard::process
