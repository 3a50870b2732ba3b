// Reads one frame after the other from a source that gives whatever it has: a byte, half a header, two
// thirds of a body. What has come is kept until the rest does, so nothing is lost between two calls
// (CONN-24), and never a byte more is taken than belongs to the frame: whoever reads the stream next, in
// this process or another, begins at a frame.
//
// I1: memory grows with the bytes that came, not with the length that the peer announced (G-CONN-3).
// Not shared between threads.
//
//   while (*reader.ReadHeader(source) == Progress::kDone && ...) ...
#ifndef BILLIARD_CORE_CONNECTION_FRAME_READER_H_
#define BILLIARD_CORE_CONNECTION_FRAME_READER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "billiard_core/connection/bytes.h"
#include "billiard_core/connection/frame.h"

namespace billiard::connection {

class FrameReader {
 public:
  enum class Progress {
    kDone,
    kWouldBlock,   // the source has nothing now
    kEndOfStream,  // it ended between two frames
  };
  // As ByteStream::Read: bytes, 0 at the end, or minus errno.
  using Source = absl::FunctionRef<ssize_t(void* data, size_t size)>;

  explicit FrameReader(uint32_t max_message) : max_message_(max_message) {}

  // Reads until the length is known, which it may be already. kCorrupt, kTooLarge: a bad length, and no
  // way on. kOs: the stream ended inside a frame, or failed.
  absl::StatusOr<Progress> ReadHeader(Source source);
  // Once the header is there: kDone with the whole message in *message; the next frame begins. kOs, kNoMem.
  absl::StatusOr<Progress> ReadBody(Source source, Bytes* message);

  uint32_t length() const { return length_; }
  // Part of a frame has come.
  bool midway() const { return header_size_ > 0; }

 private:
  // Room for more of the body.
  bool Grow();

  const uint32_t max_message_;
  unsigned char header_[kFrameHeaderBytes] = {};
  size_t header_size_ = 0;
  uint32_t length_ = 0;  // when the header is whole
  Bytes body_;
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_FRAME_READER_H_
