// The messages by which one side proves to the other that it has the same key, without sending it
// (connection.md 5). Only bytes here, no connection.
//
//   verifier -> prover   #CHALLENGE#{sha256}<side><32 random bytes>
//   prover -> verifier   {sha256}<HMAC-SHA-256 of all behind #CHALLENGE#>
//   verifier -> prover   #WELCOME# or #FAILURE#
//
// I1: the side in a challenge is its sender's, and only a challenge of the other side is answered. So no
//     answer that a side could be made to give is ever one that is asked of the other side: a challenge
//     can be reflected neither to its sender nor to another process that plays the same part (CONN-63).
// I2: digests are compared in constant time.
#ifndef BILLIARD_CORE_CONNECTION_CHALLENGE_H_
#define BILLIARD_CORE_CONNECTION_CHALLENGE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace billiard::connection {

enum class Side : char { kListener = 'L', kClient = 'C' };

// No message of a handshake is longer.
inline constexpr int64_t kMaxHandshakeMessage = 256;

inline constexpr absl::string_view kWelcome = "#WELCOME#";
inline constexpr absl::string_view kFailure = "#FAILURE#";

// kInvalid for an empty key.
absl::Status CheckKey(absl::string_view key);

// A new challenge of `side`.
absl::StatusOr<std::string> MakeChallenge(Side side);
// Whether `answer` proves the key; `challenge` was made by MakeChallenge.
bool AnswerIsRight(absl::string_view challenge, absl::string_view answer, absl::string_view key);
// The answer to a challenge of `from`. kAuthentication: the message is none.
absl::StatusOr<std::string> AnswerChallenge(absl::string_view challenge, Side from,
                                            absl::string_view key);

absl::Status DigestReceivedWasWrong();
absl::Status DigestSentWasRejected();

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_CHALLENGE_H_
