// One end of a stream that carries whole messages: bytes, and where the stream is an AF_UNIX socket also
// descriptors (connection.md 2, 7). Made by Pipe, Listener and Client, or from a descriptor.
//
// Threads: any; whole messages of this process's threads never mix. Processes that share an end by fork
// must not use it at the same time. Fork: works in the child, from the next message on.
//
// I1: a receive or send that ends early, for whatever reason, leaves the stream in step: what has come
//     stays in reader_, what is to go stays in writer_ (CONN-24, G-CONN-1).
// I2: the descriptor is closed when the connection is closed and no call is inside any more: its number
//     is never another file's while a call uses it.
// I3: no read takes bytes beyond the message: the descriptor is readable when there is something to
//     receive, so that poll, wait and event loops tell the truth.
#ifndef BILLIARD_CORE_CONNECTION_CONNECTION_H_
#define BILLIARD_CORE_CONNECTION_CONNECTION_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/connection/bytes.h"
#include "billiard_core/connection/frame_reader.h"
#include "billiard_core/connection/frame_writer.h"
#include "billiard_core/connection/turn.h"
#include "billiard_core/os/byte_stream.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/os/process_lock.h"

namespace billiard::connection {

struct ConnectionOptions {
  bool readable = true;
  bool writable = true;
  bool blocking = true;
  uint32_t max_message = kDefaultMaxMessage;  // either way; at most kLongestFrame
};

enum class Sent {
  kAll,
  kPending,  // accepted; its rest goes out with Flush, or before the next message
};

class Connection {
 public:
  // Takes the descriptor when it succeeds. kInvalid: the descriptor or the options.
  static absl::StatusOr<std::unique_ptr<Connection>> FromFd(os::Fd* fd,
                                                            const ConnectionOptions& options);
  Connection(os::ByteStream stream, const ConnectionOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { Close(); }

  // Sends one message, with `passed` descriptors (at most ByteStream::kMaxPassed), which stay the
  // caller's. When it fails nothing of the message was or will be sent. kTimeout, or kAgain where the
  // connection does not block; kInterrupted, kClosed, kState (receives only), kInvalid, kTooLarge, kNoMem,
  // kOs (EPIPE: the peer has gone).
  absl::StatusOr<Sent> Send(absl::string_view message, Deadline deadline, os::Interrupt* interrupt,
                            const std::vector<int>& passed = {});
  // Sends what is pending. Errors as Send.
  absl::Status Flush(Deadline deadline, os::Interrupt* interrupt);
  // Bytes that are pending.
  size_t pending() const { return pending_.load(std::memory_order_relaxed); }
  // One write without a frame: the bytes written (CONN-25). kAgain when there is no room.
  absl::StatusOr<size_t> SendRaw(absl::string_view bytes);

  // Receives one message, with the descriptors that came with it when `passed` is not nullptr (they are
  // closed else). `max_length`: above it kTooLarge, and the connection receives no more; -1: only the
  // connection's own limit holds. kTimeout or kAgain: what has come is kept. kEndOfStream, kInterrupted,
  // kClosed, kState (sends only), kNoMem, kOs; kCorrupt and kTooLarge (its own limit) close the
  // connection.
  absl::Status Receive(int64_t max_length, Deadline deadline, os::Interrupt* interrupt,
                       Bytes* message, std::vector<os::Fd>* passed = nullptr);

  // Whether there is something to read, the end too, or becomes so in time. kInterrupted, kClosed, kState.
  absl::StatusOr<bool> Poll(Deadline deadline, os::Interrupt* interrupt);
  // The same for room to write.
  absl::StatusOr<bool> PollWritable(Deadline deadline, os::Interrupt* interrupt);

  // kClosed.
  absl::StatusOr<int> fd() const;
  bool closed() const { return stream_of_this() == nullptr; }
  bool readable() const { return readable_.load(std::memory_order_relaxed); }
  bool writable() const { return options_.writable; }
  bool blocking() const { return blocking_.load(std::memory_order_relaxed); }
  void set_blocking(bool blocking) { blocking_.store(blocking, std::memory_order_relaxed); }
  ConnectionOptions options() const;

  // Idempotent. Calls under way return kClosed. Other processes that share the end keep it.
  void Close();

 private:
  using Stream = std::shared_ptr<const os::ByteStream>;
  Stream stream_of_this() const;
  absl::StatusOr<Stream> OpenFor(short events) const;
  // Waits for `events`; the error that ends a call that needs them.
  absl::Status Await(const os::ByteStream& stream, short events, Deadline deadline,
                     os::Interrupt* interrupt);
  absl::StatusOr<bool> PollFor(short events, Deadline deadline, os::Interrupt* interrupt);
  absl::Status TakeTurn(Turn* turn, Deadline deadline, os::Interrupt* interrupt);
  Deadline Within(Deadline deadline) const { return blocking() ? deadline : Deadline::Now(); }

  // With the turn:
  absl::Status WriteAll(const os::ByteStream& stream, const std::vector<int>& passed,
                        Deadline deadline, os::Interrupt* interrupt);
  absl::StatusOr<Sent> Unfinished(const absl::Status& why);
  absl::Status ReadWhole(const os::ByteStream& stream, int64_t max_length, Deadline deadline,
                         os::Interrupt* interrupt, Bytes* message, bool with_descriptors);
  absl::Status CheckMaxLength(int64_t max_length);

  const ConnectionOptions options_;
  std::atomic<bool> blocking_;
  std::atomic<bool> readable_;
  std::atomic<size_t> pending_{0};

  mutable os::ProcessLock stream_lock_;
  Stream stream_;  // under stream_lock_; nullptr when closed
  os::Interrupt closing_;

  Turn send_turn_;
  FrameWriter writer_;  // with send_turn_

  Turn receive_turn_;
  FrameReader reader_;             // with receive_turn_
  std::vector<os::Fd> passed_in_;  // with receive_turn_: came with the frame that is being read
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_CONNECTION_H_
