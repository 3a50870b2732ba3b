#include "billiard_core/connection/challenge.h"

#include <openssl/crypto.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/connection/hmac_sha256.h"
#include "billiard_core/connection/random.h"

namespace billiard::connection {
namespace {

constexpr absl::string_view kChallenge = "#CHALLENGE#";
constexpr absl::string_view kDigestName = "{sha256}";
constexpr size_t kRandomBytes = 32;
constexpr size_t kChallengeBytes = kChallenge.size() + kDigestName.size() + 1 + kRandomBytes;

// The answer to a challenge that is well formed; empty when the crypto library fails.
std::string Answer(absl::string_view challenge, absl::string_view key) {
  const std::string digest = HmacSha256(key, challenge.substr(kChallenge.size()));
  return digest.empty() ? "" : absl::StrCat(kDigestName, digest);
}

bool IsChallengeOf(absl::string_view message, Side side) {
  const absl::string_view start = message.substr(0, kChallengeBytes - kRandomBytes);
  return message.size() == kChallengeBytes &&
         start == absl::StrCat(kChallenge, kDigestName, std::string(1, static_cast<char>(side)));
}

}  // namespace

absl::Status CheckKey(absl::string_view key) {
  constexpr size_t kLongestKey = 1 << 20;
  if (key.empty()) return MakeStatus(Code::kInvalid, "authkey: is empty");
  if (key.size() > kLongestKey) return MakeStatus(Code::kInvalid, "authkey: is above 1 MiB");
  return absl::OkStatus();
}

absl::StatusOr<std::string> MakeChallenge(Side side) {
  const absl::StatusOr<std::string> random = RandomBytes(kRandomBytes);
  if (!random.ok()) return random.status();
  return absl::StrCat(kChallenge, kDigestName, std::string(1, static_cast<char>(side)), *random);
}

bool AnswerIsRight(absl::string_view challenge, absl::string_view answer, absl::string_view key) {
  const std::string right = Answer(challenge, key);
  return !right.empty() && answer.size() == right.size() &&
         CRYPTO_memcmp(answer.data(), right.data(), right.size()) == 0;
}

absl::StatusOr<std::string> AnswerChallenge(absl::string_view challenge, Side from,
                                            absl::string_view key) {
  if (!IsChallengeOf(challenge, from)) {
    return MakeStatus(Code::kAuthentication, "the other side sent no challenge of its own");
  }
  std::string answer = Answer(challenge, key);
  if (answer.empty()) return MakeStatus(Code::kOs, "the crypto library has no HMAC-SHA-256");
  return answer;
}

absl::Status DigestReceivedWasWrong() {
  return MakeStatus(Code::kAuthentication, "digest received was wrong");
}

absl::Status DigestSentWasRejected() {
  return MakeStatus(Code::kAuthentication, "digest sent was rejected");
}

}  // namespace billiard::connection
