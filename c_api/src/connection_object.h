// What the handles of connection.h and listener.h are.
#ifndef BILLIARD_C_API_CONNECTION_OBJECT_H_
#define BILLIARD_C_API_CONNECTION_OBJECT_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard/listener.h"
#include "billiard_core/connection/connection.h"
#include "billiard_core/connection/listener.h"
#include "c_api/src/guard.h"

struct bp_connection {
  std::unique_ptr<billiard::connection::Connection> core;
};

struct bp_listener {
  std::unique_ptr<billiard::connection::Listener> core;
};

namespace billiard::c_api {

inline absl::Status CheckWait(const bp_connection* connection, int64_t timeout_ns) {
  BP_RETURN_IF_ERROR(NotNull(connection, "connection"));
  return CheckTimeout(timeout_ns);
}

// 0 is the default.
absl::Status ReadMaxMessage(uint32_t max_message, uint32_t* read);

// A flag of options: kInvalid unless it is 0 or 1.
absl::Status CheckFlag(uint32_t flag, absl::string_view name);

// Makes a handle of a connection that was made.
absl::Status GiveConnection(absl::StatusOr<std::unique_ptr<billiard::connection::Connection>> made,
                            bp_connection** out);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_CONNECTION_OBJECT_H_
