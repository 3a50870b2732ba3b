// Proofs over a connection, waited for (CONN-60, CONN-61). Each has one deadline for all of its messages.
#ifndef BILLIARD_CORE_CONNECTION_AUTHENTICATE_H_
#define BILLIARD_CORE_CONNECTION_AUTHENTICATE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/connection/challenge.h"
#include "billiard_core/connection/connection.h"

namespace billiard::connection {

// Has the other side prove the key, as the listener does. kAuthentication, kInvalid (key), and all that a
// connection fails with.
absl::Status DeliverChallenge(Connection* connection, absl::string_view key, Deadline deadline,
                              os::Interrupt* interrupt);
// Proves the key to one who delivers a challenge.
absl::Status AnswerDelivered(Connection* connection, absl::string_view key, Deadline deadline,
                             os::Interrupt* interrupt);
// Both, as `side` of a handshake.
absl::Status Authenticate(Connection* connection, Side side, absl::string_view key,
                          Deadline deadline, os::Interrupt* interrupt);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_AUTHENTICATE_H_
