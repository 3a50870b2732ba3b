#include "billiard_core/connection/frame_writer.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "billiard_core/base/status.h"

namespace billiard::connection {

void FrameWriter::Begin(absl::string_view message) {
  EncodeFrameLength(static_cast<uint32_t>(message.size()), header_);
  message_ = message;
  written_ = 0;
  under_way_ = true;
}

void FrameWriter::Clear() {
  message_ = absl::string_view();
  kept_ = Bytes();
  written_ = 0;
  under_way_ = false;
}

absl::StatusOr<bool> FrameWriter::WriteOn(Sink sink) {
  while (left() > 0) {
    iovec parts[2];
    int count = 0;
    if (written_ < kFrameHeaderBytes) {
      parts[count++] = {header_ + written_, kFrameHeaderBytes - written_};
    }
    const size_t of_message = written_ < kFrameHeaderBytes ? 0 : written_ - kFrameHeaderBytes;
    if (of_message < message_.size()) {
      parts[count++] = {const_cast<char*>(message_.data()) + of_message,
                        message_.size() - of_message};
    }
    const ssize_t taken = sink(parts, count);
    if (taken == -EAGAIN) return false;
    if (taken < 0) {
      Clear();
      return OsStatus(static_cast<int>(-taken), "send");
    }
    written_ += static_cast<size_t>(taken);
  }
  Clear();
  return true;
}

absl::Status FrameWriter::KeepRest() {
  if (message_.empty() || message_.data() == kept_.data()) return absl::OkStatus();
  Bytes copy;
  if (!copy.Reserve(message_.size())) {
    return MakeStatus(Code::kNoMem, "out of memory for the rest of a message");
  }
  memcpy(copy.data(), message_.data(), message_.size());
  copy.Resize(message_.size());
  kept_ = std::move(copy);
  message_ = kept_.view();
  return absl::OkStatus();
}

}  // namespace billiard::connection
