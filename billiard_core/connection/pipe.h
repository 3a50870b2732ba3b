// Two connected ends, for processes that share them by fork or pass them on (connection.md 1).
#ifndef BILLIARD_CORE_CONNECTION_PIPE_H_
#define BILLIARD_CORE_CONNECTION_PIPE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "billiard_core/connection/connection.h"

namespace billiard::connection {

struct PipeOptions {
  bool duplex = true;  // false: the first end receives, the second sends
  bool first_blocks = true;
  bool second_blocks = true;
  uint32_t max_message = kDefaultMaxMessage;
};

// kInvalid (max_message), kOs.
absl::StatusOr<std::pair<std::unique_ptr<Connection>, std::unique_ptr<Connection>>> MakePipe(
    const PipeOptions& options);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_PIPE_H_
