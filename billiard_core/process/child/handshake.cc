#include "billiard_core/process/child/handshake.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "billiard_core/os/child_process.h"
#include "billiard_core/os/message.h"
#include "billiard_core/os/poll.h"

namespace billiard::process {
namespace {

void Tell(int channel, const News& news, int fd = -1) {
  os::SendMessage(channel, &news, sizeof news, fd);
}

bool IsWhole(const News& news, ssize_t size) {
  return size == sizeof news && news.kind > NewsKind::kNone && news.kind < NewsKind::kEnd;
}

}  // namespace

void TellBorn(int channel) {
  News news;
  news.kind = NewsKind::kBorn;
  news.pid = getpid();
  const os::Fd own(os::OpenPidfd(news.pid));
  if (!own.valid()) return TellFailed(channel, Code::kStartFailed, errno, "can not open a pidfd");
  Tell(channel, news, own.get());
}

void TellReady(int channel) {
  News news;
  news.kind = NewsKind::kReady;
  Tell(channel, news);
}

void TellFailed(int channel, Code code, int error_number, absl::string_view text) {
  News news;
  news.kind = NewsKind::kFailed;
  news.status = static_cast<int32_t>(code);
  news.error_number = error_number;
  memcpy(news.text, text.data(), std::min(text.size(), sizeof news.text - 1));
  Tell(channel, news);
}

void TellExited(int channel, int32_t status) {
  News news;
  news.kind = NewsKind::kExited;
  news.status = status;
  os::SendMessage(channel, &news, sizeof news, -1, MSG_DONTWAIT);
}

News NextNews(int channel, Deadline deadline, LibraryFd* fd) {
  News news;
  const absl::StatusOr<os::PollResult> ready = os::PollOne(channel, POLLIN, deadline);
  if (!ready.ok() || *ready != os::PollResult::kReady) return news;
  ssize_t size = -1;
  int error = 0;
  absl::StatusOr<LibraryFd> received = LibraryFd::Make([&]() -> absl::StatusOr<os::Fd> {
    os::Fd passed;
    size = os::ReceiveMessage(channel, &news, sizeof news, &passed, MSG_DONTWAIT);
    error = errno;
    return passed;
  });
  if (size < 0 && error == EAGAIN) return News();
  if (!IsWhole(news, size)) {
    news = News();
    news.kind = NewsKind::kEnd;
    return news;
  }
  news.text[sizeof news.text - 1] = '\0';
  if (fd != nullptr && received.ok()) *fd = *std::move(received);
  return news;
}

absl::Status FailureOf(const News& news) {
  const Code code = news.status < 0 ? static_cast<Code>(news.status) : Code::kStartFailed;
  if (news.error_number != 0) return OsStatus(code, news.error_number, news.text);
  return MakeStatus(code, news.text);
}

}  // namespace billiard::process
