// Accepts connections at an address, each authenticated when there is a key (connection.md 4, 5).
//
// A silent, slow or hostile client never keeps others waiting: handshakes go on side by side inside every
// call, are bounded in number and time (admissions.h), and their memory is bounded by their short messages.
// An AF_UNIX socket is made with mode 0600, and clients of other users are turned away.
//
// Threads: any; one at a time accepts, others wait for their turn. Fork: works in the child, which takes
// part in accepting; handshakes under way stay the parent's. The parent alone removes the path. A fork waits
// while another thread changes the listener, which never takes long (os/fork_gate.h).
#ifndef BILLIARD_CORE_CONNECTION_LISTENER_H_
#define BILLIARD_CORE_CONNECTION_LISTENER_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/connection/address.h"
#include "billiard_core/connection/admissions.h"
#include "billiard_core/connection/connection.h"
#include "billiard_core/connection/socket_path.h"
#include "billiard_core/connection/turn.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/os/ready_set.h"

namespace billiard::connection {

// CONN-49.
inline constexpr int64_t kHandshakeNanos = 20 * kNanosPerSecond;

struct ListenerOptions {
  Family family = Family::kAny;
  int backlog = 128;
  bool authenticates = false;
  std::string key;                                 // not empty when it authenticates
  int64_t handshake_timeout_ns = kHandshakeNanos;  // -1: none
  size_t max_pending = 256;
  bool any_user = false;  // AF_UNIX clients of other users too
  uint32_t max_message = kDefaultMaxMessage;
};

class Listener {
 public:
  // An empty address is any: see ArbitraryAddress. kInvalid, kNotFound, kOs (EADDRINUSE ...).
  static absl::StatusOr<std::unique_ptr<Listener>> Open(absl::string_view address,
                                                        const ListenerOptions& options);
  ~Listener() { Close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The next client that is through. kAuthentication: one that is not; the listener goes on. kTimeout,
  // kInterrupted, kClosed, kOs.
  absl::StatusOr<std::unique_ptr<Connection>> Accept(Deadline deadline, os::Interrupt* interrupt);
  // Whether Accept would return one, or an authentication error, at once, or would in time; goes on with
  // handshakes meanwhile, and takes none.
  absl::StatusOr<bool> Poll(Deadline deadline, os::Interrupt* interrupt);

  // kClosed.
  absl::StatusOr<std::string> address() const;
  // The peer of the last Accept, "" before.
  std::string last_accepted() const;
  // Readable when Poll may get on; kClosed.
  absl::StatusOr<int> fd() const;
  // Clients turned away without an error: of another user, gone, silent, or pushed out by a flood.
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  bool closed() const;
  // Idempotent. Calls under way return kClosed.
  void Close();

 private:
  Listener(os::Fd socket, const ListenerOptions& options, std::string address)
      : options_(options), address_(std::move(address)), socket_(std::move(socket)) {}
  absl::Status MakeReadySet();
  absl::Status RemakeInFork();

  // With the turn:
  absl::StatusOr<bool> AwaitAdmitted(Deadline deadline, os::Interrupt* interrupt);
  absl::Status GetOn();
  absl::Status AcceptSome();
  absl::Status Enter(Deadline deadline, os::Interrupt* interrupt);
  // False for a client of another user.
  bool Welcome(int client) const;
  void SetTimer();

  const ListenerOptions options_;
  const std::string address_;
  bool is_unix_ = false;
  std::unique_ptr<SocketPath> path_;
  os::Interrupt closing_;
  std::atomic<uint64_t> dropped_{0};
  std::atomic<int> ready_fd_{-1};

  mutable os::ProcessLock lock_;
  bool closed_ = false;        // under lock_
  std::string last_accepted_;  // under lock_

  Turn turn_;
  // With turn_, or after the last call has left:
  os::Fd socket_;
  bool listening_ = true;  // the socket is a member of the set
  uint64_t process_ = 0;   // that made the set
  std::unique_ptr<os::ReadySet> ready_;
  std::unique_ptr<Admissions> admissions_;
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_LISTENER_H_
