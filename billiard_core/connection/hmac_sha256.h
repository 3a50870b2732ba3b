// HMAC-SHA-256 (RFC 2104, RFC 4231) that takes no lock. The crypto library's own looks its algorithm up under
// locks which a child finds taken for good when another thread of its parent was there at the fork.
#ifndef BILLIARD_CORE_CONNECTION_HMAC_SHA256_H_
#define BILLIARD_CORE_CONNECTION_HMAC_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace billiard::connection {

// 32 bytes.
std::string HmacSha256(absl::string_view key, absl::string_view text);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_HMAC_SHA256_H_
