#include "billiard_core/connection/frame_reader.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "billiard_core/base/status.h"

namespace billiard::connection {
namespace {

using Progress = FrameReader::Progress;

// CONN-26: reads are at least this large where so much is missing.
constexpr size_t kFirstRoom = 128 * 1024;

// What a read that gave nothing means.
absl::StatusOr<Progress> NothingRead(ssize_t read, bool midway) {
  if (read == -EAGAIN) return Progress::kWouldBlock;
  if (read < 0) return OsStatus(static_cast<int>(-read), "receive");
  if (midway) return MakeStatus(Code::kOs, "got end of file during message");
  return Progress::kEndOfStream;
}

}  // namespace

absl::StatusOr<Progress> FrameReader::ReadHeader(Source source) {
  while (header_size_ < kFrameHeaderBytes) {
    const ssize_t read = source(header_ + header_size_, kFrameHeaderBytes - header_size_);
    if (read <= 0) return NothingRead(read, midway());
    header_size_ += static_cast<size_t>(read);
  }
  const absl::StatusOr<uint32_t> length = DecodeFrameLength(header_, max_message_);
  if (!length.ok()) return length.status();
  length_ = *length;
  return Progress::kDone;
}

bool FrameReader::Grow() {
  if (body_.size() < body_.room()) return true;
  return body_.Reserve(std::min<size_t>(length_, std::max(kFirstRoom, 2 * body_.room())));
}

absl::StatusOr<Progress> FrameReader::ReadBody(Source source, Bytes* message) {
  while (body_.size() < length_) {
    if (!Grow()) return MakeStatus(Code::kNoMem, "out of memory for a message");
    const size_t wanted = std::min<size_t>(body_.room(), length_) - body_.size();
    const ssize_t read = source(body_.data() + body_.size(), wanted);
    if (read <= 0) return NothingRead(read, true);
    body_.Resize(body_.size() + static_cast<size_t>(read));
  }
  *message = std::exchange(body_, Bytes());
  header_size_ = 0;
  return Progress::kDone;
}

}  // namespace billiard::connection
