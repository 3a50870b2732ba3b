// Addresses of listeners as texts (connection.md 4):
//
//   /run/me/socket      AF_UNIX, a path (any text with a '/')
//   @name               AF_UNIX, the abstract namespace: goes away with its last socket
//   host:7000           AF_INET or AF_INET6, whatever the host has
//   [::1]:7000          AF_INET6
//
// A given family decides what a text that could be either is.
#ifndef BILLIARD_CORE_CONNECTION_ADDRESS_H_
#define BILLIARD_CORE_CONNECTION_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/stream_socket.h"

namespace billiard::connection {

enum class Family : uint32_t { kAny = 0, kUnix = 1, kInet = 2, kInet6 = 3 };

// kInvalid (a family that is none, a text that is no address of it), kNotFound (no such host). May block
// while the system looks for the host's name.
absl::StatusOr<os::SocketAddress> ParseAddress(absl::string_view text, Family family);

// An address for a listener that may have any: localhost and a free port, or a fresh abstract name.
absl::StatusOr<os::SocketAddress> ArbitraryAddress(Family family);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_ADDRESS_H_
