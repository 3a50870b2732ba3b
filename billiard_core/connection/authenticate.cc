#include "billiard_core/connection/authenticate.h"

#include <string>

#include "billiard_core/base/status.h"
#include "billiard_core/connection/handshake.h"

namespace billiard::connection {
namespace {

absl::Status SendAll(Connection* connection, absl::string_view message, Deadline deadline,
                     os::Interrupt* interrupt) {
  const absl::StatusOr<Sent> sent = connection->Send(message, deadline, interrupt);
  if (!sent.ok()) return sent.status();
  return *sent == Sent::kAll ? absl::OkStatus() : connection->Flush(deadline, interrupt);
}

absl::Status ReceiveShort(Connection* connection, Deadline deadline, os::Interrupt* interrupt,
                          Bytes* message) {
  absl::Status status = connection->Receive(kMaxHandshakeMessage, deadline, interrupt, message);
  const Code code = CodeOf(status);
  if (code == Code::kTooLarge || code == Code::kCorrupt) {
    return MakeStatus(Code::kAuthentication, status.message());
  }
  return status;
}

}  // namespace

absl::Status DeliverChallenge(Connection* connection, absl::string_view key, Deadline deadline,
                              os::Interrupt* interrupt) {
  if (absl::Status status = CheckKey(key); !status.ok()) return status;
  const absl::StatusOr<std::string> challenge = MakeChallenge(Side::kListener);
  if (!challenge.ok()) return challenge.status();
  absl::Status status = SendAll(connection, *challenge, deadline, interrupt);
  if (!status.ok()) return status;
  Bytes answer;
  status = ReceiveShort(connection, deadline, interrupt, &answer);
  if (!status.ok()) return status;
  const bool right = AnswerIsRight(*challenge, answer.view(), key);
  status = SendAll(connection, right ? kWelcome : kFailure, deadline, interrupt);
  return right ? status : DigestReceivedWasWrong();
}

absl::Status AnswerDelivered(Connection* connection, absl::string_view key, Deadline deadline,
                             os::Interrupt* interrupt) {
  if (absl::Status status = CheckKey(key); !status.ok()) return status;
  Bytes message;
  absl::Status status = ReceiveShort(connection, deadline, interrupt, &message);
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> answer = AnswerChallenge(message.view(), Side::kListener, key);
  if (!answer.ok()) return answer.status();
  status = SendAll(connection, *answer, deadline, interrupt);
  if (!status.ok()) return status;
  status = ReceiveShort(connection, deadline, interrupt, &message);
  if (!status.ok()) return status;
  return message.view() == kWelcome ? absl::OkStatus() : DigestSentWasRejected();
}

absl::Status Authenticate(Connection* connection, Side side, absl::string_view key,
                          Deadline deadline, os::Interrupt* interrupt) {
  if (absl::Status status = CheckKey(key); !status.ok()) return status;
  std::string to_send;
  absl::StatusOr<Handshake> handshake = Handshake::Begin(side, std::string(key), &to_send);
  if (!handshake.ok()) return handshake.status();
  absl::Status step;
  for (;;) {
    if (!to_send.empty()) {
      absl::Status sent = SendAll(connection, to_send, deadline, interrupt);
      if (step.ok() && !sent.ok()) return sent;
    }
    if (!step.ok() || handshake->done()) return step;
    Bytes message;
    absl::Status received = ReceiveShort(connection, deadline, interrupt, &message);
    if (!received.ok()) return received;
    step = handshake->Step(message.view(), &to_send);
  }
}

}  // namespace billiard::connection
