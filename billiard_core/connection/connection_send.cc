// The sending half of Connection.
#include <poll.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/connection/connection.h"

namespace billiard::connection {

absl::Status Connection::WriteAll(const os::ByteStream& stream, const std::vector<int>& passed,
                                  Deadline deadline, os::Interrupt* interrupt) {
  for (;;) {
    const absl::StatusOr<bool> all = writer_.WriteOn([&](const iovec* parts, int count) {
      return stream.Write(parts, count, passed.data(), writer_.begun() ? 0 : passed.size());
    });
    if (!all.ok()) return all.status();
    if (*all) return absl::OkStatus();
    if (absl::Status status = Await(stream, POLLOUT, deadline, interrupt); !status.ok()) {
      return status;
    }
  }
}

// A message whose first byte is out can not be taken back: its rest stays here.
absl::StatusOr<Sent> Connection::Unfinished(const absl::Status& why) {
  if (!writer_.begun()) {
    writer_.Forget();
    return why;
  }
  if (CodeOf(why) == Code::kClosed) return why;
  if (absl::Status kept = writer_.KeepRest(); !kept.ok()) {
    Close();  // the stream is out of step for good
    return kept;
  }
  pending_.store(writer_.left(), std::memory_order_relaxed);
  return Sent::kPending;
}

absl::StatusOr<Sent> Connection::Send(absl::string_view message, Deadline deadline,
                                      os::Interrupt* interrupt, const std::vector<int>& passed) {
  const absl::StatusOr<Stream> stream = OpenFor(POLLOUT);
  if (!stream.ok()) return stream.status();
  if (message.size() > options_.max_message) {
    return MakeStatus(Code::kTooLarge, absl::StrCat("message: has ", message.size(),
                                                    " bytes, above ", options_.max_message));
  }
  if (passed.size() > os::ByteStream::kMaxPassed) {
    return MakeStatus(Code::kInvalid, "fds: too many for one message");
  }
  if (!passed.empty() && !(*stream)->passes_descriptors()) {
    return MakeStatus(Code::kState, "only an AF_UNIX connection passes descriptors");
  }
  if (absl::Status status = TakeTurn(&send_turn_, Within(deadline), interrupt); !status.ok()) {
    return status;
  }
  Turn::Hold hold(&send_turn_);
  absl::Status before = WriteAll(**stream, {}, deadline, interrupt);
  pending_.store(writer_.left(), std::memory_order_relaxed);
  if (!before.ok()) return before;
  writer_.Begin(message);
  const absl::Status status = WriteAll(**stream, passed, deadline, interrupt);
  if (status.ok()) return Sent::kAll;
  return Unfinished(status);
}

absl::Status Connection::Flush(Deadline deadline, os::Interrupt* interrupt) {
  const absl::StatusOr<Stream> stream = OpenFor(POLLOUT);
  if (!stream.ok()) return stream.status();
  if (absl::Status status = TakeTurn(&send_turn_, Within(deadline), interrupt); !status.ok()) {
    return status;
  }
  Turn::Hold hold(&send_turn_);
  absl::Status status = WriteAll(**stream, {}, deadline, interrupt);
  pending_.store(writer_.left(), std::memory_order_relaxed);
  return status;
}

absl::StatusOr<size_t> Connection::SendRaw(absl::string_view bytes) {
  const absl::StatusOr<Stream> stream = OpenFor(POLLOUT);
  if (!stream.ok()) return stream.status();
  if (absl::Status status = TakeTurn(&send_turn_, Deadline::Now(), nullptr); !status.ok()) {
    return status;
  }
  Turn::Hold hold(&send_turn_);
  if (writer_.left() > 0) return MakeStatus(Code::kState, "a part of a message is pending");
  const iovec part = {const_cast<char*>(bytes.data()), bytes.size()};
  const ssize_t written = (*stream)->Write(&part, 1, nullptr, 0);
  if (written == -EAGAIN) return OsStatus(Code::kAgain, EAGAIN, "send");
  if (written < 0) return OsStatus(static_cast<int>(-written), "send");
  return static_cast<size_t>(written);
}

}  // namespace billiard::connection
