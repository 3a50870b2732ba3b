// One step of reading or writing a stream of bytes: a stream socket, or a pipe that somebody made. Never
// blocks, never raises SIGPIPE, leaves the descriptor's own flags alone (other processes share them), and
// is not ended by a handled signal.
//
// Any number of threads may read and write at a time; who wants whole messages takes turns.
#ifndef BILLIARD_CORE_OS_BYTE_STREAM_H_
#define BILLIARD_CORE_OS_BYTE_STREAM_H_

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

class ByteStream {
 public:
  // Descriptors that may come or go with one message.
  static constexpr size_t kMaxPassed = 64;

  // Takes the descriptor when it succeeds. kInvalid: not open, or a socket that does not carry a stream.
  static absl::StatusOr<ByteStream> Open(Fd* fd);
  // A connected pair of AF_UNIX sockets.
  static absl::StatusOr<std::pair<ByteStream, ByteStream>> CreatePair();

  int fd() const { return fd_.get(); }
  // Only an AF_UNIX socket carries descriptors.
  bool passes_descriptors() const { return kind_ == Kind::kUnixSocket; }
  Fd Release() { return std::move(fd_); }

  // The bytes read; 0 at the end; minus errno (-EAGAIN: there are none now). Descriptors that came with
  // the bytes are appended to *passed, close-on-exec; where `passed` is nullptr the kernel closes them.
  ssize_t Read(void* data, size_t size, std::vector<Fd>* passed) const;
  // The bytes written, or minus errno (-EAGAIN: there is no room now). `passed` goes with the first byte.
  ssize_t Write(const iovec* parts, int count, const int* passed, size_t passed_count) const;

 private:
  enum class Kind { kUnixSocket, kSocket, kFile };
  ByteStream(Fd fd, Kind kind) : fd_(std::move(fd)), kind_(kind) {}

  Fd fd_;
  Kind kind_;
};

// One read() into the caller's memory, through signals: the bytes, 0 at the end, or minus errno.
ssize_t ReadOnce(int fd, void* data, size_t size);

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_BYTE_STREAM_H_
