// Connects to a listener (connection.md 4).
#ifndef BILLIARD_CORE_CONNECTION_CLIENT_H_
#define BILLIARD_CORE_CONNECTION_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/connection/address.h"
#include "billiard_core/connection/connection.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::connection {

struct ClientOptions {
  Family family = Family::kAny;
  bool authenticates = false;
  std::string key;        // not empty when it authenticates
  bool any_user = false;  // a listener of another user will do
  uint32_t max_message = kDefaultMaxMessage;
};

// One deadline for connecting and the handshake. kAuthentication: a listener without the key, or of
// another user; kOs (ECONNREFUSED, ENOENT), kNotFound (host), kTimeout, kInterrupted, kInvalid.
absl::StatusOr<std::unique_ptr<Connection>> Connect(absl::string_view address,
                                                    const ClientOptions& options, Deadline deadline,
                                                    os::Interrupt* interrupt);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_CLIENT_H_
