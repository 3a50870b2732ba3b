// The clients that a listener has accepted from the system and not yet given away: their handshakes go on
// side by side, none waits for another (G-CONN-5).
//
// I1: at most max_pending handshakes are under way, each with its own deadline; memory is bounded.
// I2: where all places are taken the oldest handshake gives way to a new client, but none before
//     kGrace, which an honest client needs: so a flood of silent clients delays others by little.
// Not shared between threads; a forked child drops what its parent had.
#ifndef BILLIARD_CORE_CONNECTION_ADMISSIONS_H_
#define BILLIARD_CORE_CONNECTION_ADMISSIONS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/connection/connection.h"
#include "billiard_core/connection/handshake.h"
#include "billiard_core/os/ready_set.h"

namespace billiard::connection {

// A client that may be given away, or why there is none.
struct Admitted {
  absl::Status status;
  std::unique_ptr<Connection> connection;
  std::string peer;
};

class Admissions {
 public:
  Admissions(os::ReadySet* ready, std::string key, int64_t timeout_ns, size_t max_pending)
      : ready_(ready), key_(std::move(key)), timeout_ns_(timeout_ns), max_pending_(max_pending) {}
  ~Admissions();

  // Takes a new client; there must be a place. Without a key it is admitted at once.
  void Add(std::unique_ptr<Connection> connection, std::string peer);
  // Whether there is a place now, or one can be made.
  bool HasPlace();
  // When there will be one, at the latest.
  Deadline NextPlace() const;

  // Goes on with the client on this descriptor, if there is one.
  void GoOn(int fd);
  // Drops those whose time is over.
  void DropLate();
  // When the next one's time is over.
  Deadline NextEnd() const;

  // The oldest outcome that nobody took.
  bool has_admitted() const { return !admitted_.empty(); }
  Admitted Take();
  size_t pending() const { return clients_.size(); }
  // Clients that left, were silent, or gave way.
  uint64_t dropped() const { return dropped_; }
  void CountDropped() { ++dropped_; }
  // For a forked child: forgets all, and leaves the set, which is the parent's, alone.
  void Abandon();

 private:
  struct Client {
    int fd;
    std::unique_ptr<Connection> connection;
    std::string peer;
    Handshake handshake;
    int64_t since;
  };
  using Place = std::list<Client>::iterator;

  // Sends `message`: false when it does not go out at once, or at all.
  static bool SendNow(Connection* connection, absl::string_view message);
  // One received message: kOk with whether there may be more.
  absl::StatusOr<bool> Advance(Client* client);
  void Admit(Place place);
  void Fail(Place place, const absl::Status& why);
  void Drop(Place place);
  std::unique_ptr<Connection> Remove(Place place);

  os::ReadySet* const ready_;
  const std::string key_;
  const int64_t timeout_ns_;
  const size_t max_pending_;
  std::list<Client> clients_;  // oldest first
  std::unordered_map<int, Place> by_fd_;
  std::deque<Admitted> admitted_;
  uint64_t dropped_ = 0;
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_ADMISSIONS_H_
