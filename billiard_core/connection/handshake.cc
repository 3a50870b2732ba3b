#include "billiard_core/connection/handshake.h"

#include <utility>

#include "billiard_core/base/status.h"

namespace billiard::connection {

absl::StatusOr<Handshake> Handshake::Begin(Side side, std::string key, std::string* first) {
  Handshake handshake(side, std::move(key));
  absl::StatusOr<std::string> challenge = MakeChallenge(side);
  if (!challenge.ok()) return challenge.status();
  handshake.challenge_ = *std::move(challenge);
  first->clear();
  if (side == Side::kListener) {
    *first = handshake.challenge_;
    handshake.next_ = Next::kAnswer;
  }
  return handshake;
}

absl::Status Handshake::Step(absl::string_view message, std::string* reply) {
  reply->clear();
  switch (next_) {
    case Next::kAnswer:
      return TakeAnswer(message, reply);
    case Next::kChallenge:
      return TakeChallenge(message, reply);
    case Next::kVerdict:
      return TakeVerdict(message, reply);
    default:
      return MakeStatus(Code::kState, "the handshake is over");
  }
}

absl::Status Handshake::TakeAnswer(absl::string_view message, std::string* reply) {
  const bool right = AnswerIsRight(challenge_, message, key_);
  *reply = std::string(right ? kWelcome : kFailure);
  if (!right) return DigestReceivedWasWrong();
  // The client has answered before; the listener is challenged next.
  next_ = side_ == Side::kListener ? Next::kChallenge : Next::kNothing;
  return absl::OkStatus();
}

absl::Status Handshake::TakeChallenge(absl::string_view message, std::string* reply) {
  const Side other = side_ == Side::kListener ? Side::kClient : Side::kListener;
  absl::StatusOr<std::string> answer = AnswerChallenge(message, other, key_);
  if (!answer.ok()) return answer.status();
  *reply = *std::move(answer);
  next_ = Next::kVerdict;
  return absl::OkStatus();
}

absl::Status Handshake::TakeVerdict(absl::string_view message, std::string* reply) {
  if (message != kWelcome) return DigestSentWasRejected();
  if (side_ == Side::kListener) {
    next_ = Next::kNothing;
  } else {
    *reply = challenge_;
    next_ = Next::kAnswer;
  }
  return absl::OkStatus();
}

}  // namespace billiard::connection
