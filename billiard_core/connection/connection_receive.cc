// The receiving half of Connection.
#include <poll.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/connection/connection.h"

namespace billiard::connection {
namespace {

using Progress = FrameReader::Progress;

// The peer's lengths can not be believed any more, or were never meant to be.
bool EndsTheStream(const absl::Status& status) {
  const Code code = CodeOf(status);
  return code == Code::kCorrupt || code == Code::kTooLarge;
}

}  // namespace

// CONN-16: the message stays where it is, and nothing behind it can be read any more.
absl::Status Connection::CheckMaxLength(int64_t max_length) {
  if (max_length < 0 || reader_.length() <= max_length) return absl::OkStatus();
  readable_.store(false, std::memory_order_relaxed);
  if (!options_.writable) Close();
  return MakeStatus(Code::kTooLarge,
                    absl::StrCat("bad message length ", reader_.length(), ", above ", max_length));
}

absl::Status Connection::ReadWhole(const os::ByteStream& stream, int64_t max_length,
                                   Deadline deadline, os::Interrupt* interrupt, Bytes* message,
                                   bool with_descriptors) {
  const auto source = [&](void* data, size_t size) {
    const ssize_t read = stream.Read(data, size, with_descriptors ? &passed_in_ : nullptr);
    // A peer that sends more than a message may carry does not fill this process's table.
    if (passed_in_.size() > os::ByteStream::kMaxPassed) {
      passed_in_.resize(os::ByteStream::kMaxPassed);
    }
    return read;
  };
  for (;;) {
    absl::StatusOr<Progress> progress = reader_.ReadHeader(source);
    if (!progress.ok()) {
      if (EndsTheStream(progress.status())) Close();
      return progress.status();
    }
    if (*progress == Progress::kDone) {
      if (absl::Status status = CheckMaxLength(max_length); !status.ok()) return status;
      progress = reader_.ReadBody(source, message);
      if (!progress.ok()) return progress.status();
      if (*progress == Progress::kDone) return absl::OkStatus();
    }
    if (*progress == Progress::kEndOfStream) {
      return MakeStatus(Code::kEndOfStream, "the other side has closed");
    }
    if (absl::Status status = Await(stream, POLLIN, deadline, interrupt); !status.ok()) {
      return status;
    }
  }
}

absl::Status Connection::Receive(int64_t max_length, Deadline deadline, os::Interrupt* interrupt,
                                 Bytes* message, std::vector<os::Fd>* passed) {
  if (max_length < -1) return MakeStatus(Code::kInvalid, "max_length: is negative");
  const absl::StatusOr<Stream> stream = OpenFor(POLLIN);
  if (!stream.ok()) return stream.status();
  if (absl::Status status = TakeTurn(&receive_turn_, Within(deadline), interrupt); !status.ok()) {
    return status;
  }
  Turn::Hold hold(&receive_turn_);
  if (!readable()) return MakeStatus(Code::kState, "connection is write-only");
  absl::Status status =
      ReadWhole(**stream, max_length, deadline, interrupt, message, passed != nullptr);
  if (!status.ok()) return status;
  std::vector<os::Fd> came = std::exchange(passed_in_, {});
  if (passed != nullptr) *passed = std::move(came);
  return absl::OkStatus();
}

}  // namespace billiard::connection
