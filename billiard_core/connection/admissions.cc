#include "billiard_core/connection/admissions.h"

#include <utility>

#include "billiard_core/base/status.h"

namespace billiard::connection {
namespace {

constexpr int64_t kGraceNanos = 100 * kNanosPerMilli;

}  // namespace

Admissions::~Admissions() {
  while (!clients_.empty()) Remove(clients_.begin());
}

void Admissions::Abandon() {
  by_fd_.clear();
  clients_.clear();
  admitted_.clear();
}

bool Admissions::SendNow(Connection* connection, absl::string_view message) {
  const absl::StatusOr<Sent> sent = connection->Send(message, Deadline::Now(), nullptr);
  return sent.ok() && *sent == Sent::kAll;
}

void Admissions::Add(std::unique_ptr<Connection> connection, std::string peer) {
  if (key_.empty()) {
    admitted_.push_back({absl::OkStatus(), std::move(connection), std::move(peer)});
    return;
  }
  std::string first;
  absl::StatusOr<Handshake> handshake = Handshake::Begin(Side::kListener, key_, &first);
  if (!handshake.ok()) {
    admitted_.push_back({handshake.status(), nullptr, std::move(peer)});
    return;
  }
  const absl::StatusOr<int> fd = connection->fd();
  if (!fd.ok() || !SendNow(connection.get(), first) || !ready_->Add(*fd).ok()) {
    CountDropped();
    return;
  }
  clients_.push_back(
      {*fd, std::move(connection), std::move(peer), *std::move(handshake), MonotonicNow()});
  by_fd_[*fd] = std::prev(clients_.end());
}

bool Admissions::HasPlace() {
  if (clients_.size() < max_pending_) return true;
  if (!NextPlace().Expired()) return false;
  Drop(clients_.begin());
  return true;
}

Deadline Admissions::NextPlace() const {
  if (clients_.size() < max_pending_) return Deadline::Now();
  return Deadline::At(clients_.front().since + kGraceNanos);
}

Deadline Admissions::NextEnd() const {
  if (clients_.empty() || timeout_ns_ < 0) return Deadline::Forever();
  return Deadline::At(clients_.front().since + timeout_ns_);
}

void Admissions::DropLate() {
  while (!clients_.empty() && NextEnd().Expired()) Drop(clients_.begin());
}

absl::StatusOr<bool> Admissions::Advance(Client* client) {
  Bytes message;
  absl::Status status =
      client->connection->Receive(kMaxHandshakeMessage, Deadline::Now(), nullptr, &message);
  if (CodeOf(status) == Code::kTimeout) return false;
  if (!status.ok()) return status;
  std::string reply;
  status = client->handshake.Step(message.view(), &reply);
  const bool sent = reply.empty() || SendNow(client->connection.get(), reply);
  if (!status.ok()) return status;
  if (!sent) return MakeStatus(Code::kTimeout, "the client does not read");
  return !client->handshake.done();
}

void Admissions::GoOn(int fd) {
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end()) return;
  const Place place = found->second;
  absl::StatusOr<bool> more = true;
  while (more.ok() && *more) more = Advance(&*place);
  if (!more.ok()) {
    Fail(place, more.status());
  } else if (place->handshake.done()) {
    Admit(place);
  }
}

void Admissions::Admit(Place place) {
  std::string peer = std::move(place->peer);
  admitted_.push_back({absl::OkStatus(), Remove(place), std::move(peer)});
}

// Who proves nothing is told to the accepting program; who only leaves, or never reads, is not.
void Admissions::Fail(Place place, const absl::Status& why) {
  const Code code = CodeOf(why);
  const bool no_handshake = code == Code::kTooLarge || code == Code::kCorrupt;
  if (code != Code::kAuthentication && !no_handshake) return Drop(place);
  absl::Status told = why;
  if (no_handshake) told = MakeStatus(Code::kAuthentication, why.message());
  std::string peer = std::move(place->peer);
  Remove(place);
  admitted_.push_back({std::move(told), nullptr, std::move(peer)});
}

void Admissions::Drop(Place place) {
  Remove(place);
  CountDropped();
}

std::unique_ptr<Connection> Admissions::Remove(Place place) {
  // By hand: a forked child may have the socket too, and a set forgets only what all have closed.
  ready_->Remove(place->fd);
  by_fd_.erase(place->fd);
  std::unique_ptr<Connection> connection = std::move(place->connection);
  clients_.erase(place);
  return connection;
}

Admitted Admissions::Take() {
  Admitted first = std::move(admitted_.front());
  admitted_.pop_front();
  return first;
}

}  // namespace billiard::connection
