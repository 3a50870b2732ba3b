#include "billiard_core/connection/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "billiard_core/base/status.h"

namespace billiard::connection {

absl::StatusOr<std::string> RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1) {
    return MakeStatus(Code::kOs, "no random bytes");
  }
  return bytes;
}

void EndCryptoOfThisThread() { OPENSSL_thread_stop(); }

}  // namespace billiard::connection
