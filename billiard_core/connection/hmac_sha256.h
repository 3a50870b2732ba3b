// HMAC-SHA-256 (RFC 2104, RFC 4231) by the crypto library, at no moment of which this process forks: the
// library looks its algorithm up under locks, and a child would find one taken for good that another thread
// of its parent had.
#ifndef BILLIARD_CORE_CONNECTION_HMAC_SHA256_H_
#define BILLIARD_CORE_CONNECTION_HMAC_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace billiard::connection {

// 32 bytes; none when the crypto library fails.
std::string HmacSha256(absl::string_view key, absl::string_view text);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_HMAC_SHA256_H_
