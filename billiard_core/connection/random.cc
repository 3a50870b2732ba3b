#include "billiard_core/connection/random.h"

#include <openssl/crypto.h>
#include <sys/random.h>

#include <cerrno>

#include "billiard_core/base/status.h"

namespace billiard::connection {

absl::StatusOr<std::string> RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t got = getrandom(&bytes[done], size - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return OsStatus(errno, "no random bytes");
    done += static_cast<size_t>(got);
  }
  return bytes;
}

void EndCryptoOfThisThread() { OPENSSL_thread_stop(); }

}  // namespace billiard::connection
