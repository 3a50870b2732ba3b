#include "billiard_core/connection/hmac_sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "billiard_core/os/fork_gate.h"

namespace billiard::connection {

std::string HmacSha256(absl::string_view key, absl::string_view text) {
  os::ForkGate::Install();
  os::ForkGate::Hold hold;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // A key that is NULL would mean that of the call before.
  const char* bytes = key.empty() ? "" : key.data();
  if (HMAC(EVP_sha256(), bytes, static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest,
           &size) == nullptr) {
    return "";
  }
  return std::string(reinterpret_cast<char*>(digest), size);
}

}  // namespace billiard::connection
