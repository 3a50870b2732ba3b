// Connections as messages: the descriptor, and what makes a connection of it (CONN-83).
#ifndef BILLIARD_CORE_CONNECTION_PASSING_H_
#define BILLIARD_CORE_CONNECTION_PASSING_H_

#include <memory>

#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/connection/connection.h"
#include "billiard_core/os/interrupt.h"

namespace billiard::connection {

// Sends another reference to `passed`, which stays open here, over `over`, an AF_UNIX connection. Nothing of
// `passed` may be pending. Errors as Send; kState (pending), kClosed (either).
absl::StatusOr<Sent> SendConnection(Connection* over, const Connection& passed, Deadline deadline,
                                    os::Interrupt* interrupt);
// Receives what SendConnection sent. Errors as Receive; kCorrupt: the message is no connection.
absl::StatusOr<std::unique_ptr<Connection>> ReceiveConnection(Connection* over, Deadline deadline,
                                                              os::Interrupt* interrupt);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_PASSING_H_
