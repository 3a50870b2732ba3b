// Writes one frame after the other to a sink that takes whatever it has room for. What is left of a frame
// that was begun is kept until it is out, so the stream never loses its frames (CONN-24).
//
// I1: at most one frame is under way; its bytes are the caller's until KeepRest() copies what is left.
// Not shared between threads.
#ifndef BILLIARD_CORE_CONNECTION_FRAME_WRITER_H_
#define BILLIARD_CORE_CONNECTION_FRAME_WRITER_H_

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/connection/bytes.h"
#include "billiard_core/connection/frame.h"

namespace billiard::connection {

class FrameWriter {
 public:
  // As ByteStream::Write: the bytes taken, or minus errno.
  using Sink = absl::FunctionRef<ssize_t(const iovec* parts, int count)>;

  // Nothing may be under way. `message` is at most kLongestFrame long and stays the caller's.
  void Begin(absl::string_view message);
  // Writes as much as the sink takes: true when all is out. kOs: it failed, and nothing is under way.
  absl::StatusOr<bool> WriteOn(Sink sink);

  // A byte of the frame is out: it can not be taken back.
  bool begun() const { return written_ > 0; }
  // Forgets a frame that has not begun.
  void Forget() { Clear(); }
  // Copies what is left of the frame, so that the caller's bytes are free. kNoMem: nothing is copied.
  absl::Status KeepRest();
  // Bytes that are still to be written.
  size_t left() const { return under_way_ ? kFrameHeaderBytes + message_.size() - written_ : 0; }

 private:
  void Clear();

  unsigned char header_[kFrameHeaderBytes] = {};
  absl::string_view message_;  // the caller's or kept_'s
  Bytes kept_;
  size_t written_ = 0;  // of header and message
  bool under_way_ = false;
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_FRAME_WRITER_H_
