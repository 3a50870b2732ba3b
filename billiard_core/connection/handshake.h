// The whole proof, both ways (CONN-62): the listener challenges first and answers then, the client answers
// first and challenges then. A machine that is fed messages and says what to send: whoever runs it may
// wait for one peer or for a thousand.
//
// I1: a listener answers no challenge before the client's own answer was right.
// Not shared between threads.
#ifndef BILLIARD_CORE_CONNECTION_HANDSHAKE_H_
#define BILLIARD_CORE_CONNECTION_HANDSHAKE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/connection/challenge.h"

namespace billiard::connection {

class Handshake {
 public:
  // The first message to send is in *first, empty when the other side begins. kOs: no random bytes.
  static absl::StatusOr<Handshake> Begin(Side side, std::string key, std::string* first);

  // Takes the other side's next message. *reply is to be sent when it is not empty, also when the step
  // fails. kAuthentication: no proof, or no handshake.
  absl::Status Step(absl::string_view message, std::string* reply);
  // Both sides are convinced.
  bool done() const { return next_ == Next::kNothing; }

 private:
  enum class Next { kAnswer, kChallenge, kVerdict, kNothing };

  Handshake(Side side, std::string key) : side_(side), key_(std::move(key)) {}
  absl::Status TakeAnswer(absl::string_view message, std::string* reply);
  absl::Status TakeChallenge(absl::string_view message, std::string* reply);
  absl::Status TakeVerdict(absl::string_view message, std::string* reply);

  Side side_;
  std::string key_;
  std::string challenge_;         // ours
  Next next_ = Next::kChallenge;  // of the other side
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_HANDSHAKE_H_
