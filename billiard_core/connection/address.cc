#include "billiard_core/connection/address.h"

#include <sys/socket.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/connection/random.h"

namespace billiard::connection {
namespace {

constexpr uint32_t kHighestPort = 65535;

absl::Status CheckFamily(Family family) {
  if (family <= Family::kInet6) return absl::OkStatus();
  return MakeStatus(Code::kInvalid, "unrecognized family");
}

struct HostAndPort {
  absl::string_view host;
  uint32_t port = 0;
};

// False when the text does not end in a port.
bool SplitHostAndPort(absl::string_view text, HostAndPort* split) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &split->port)) return false;
  split->host = text.substr(0, colon);
  if (split->host.size() > 2 && split->host.front() == '[' && split->host.back() == ']') {
    split->host = split->host.substr(1, split->host.size() - 2);
  }
  return split->port <= kHighestPort;
}

bool LooksLikeUnix(absl::string_view text) {
  HostAndPort split;
  return absl::StartsWith(text, "@") || absl::StrContains(text, '/') ||
         !SplitHostAndPort(text, &split);
}

int InetFamily(Family family) {
  switch (family) {
    case Family::kInet:
      return AF_INET;
    case Family::kInet6:
      return AF_INET6;
    default:
      return AF_UNSPEC;
  }
}

}  // namespace

absl::StatusOr<os::SocketAddress> ParseAddress(absl::string_view text, Family family) {
  if (absl::Status status = CheckFamily(family); !status.ok()) return status;
  if (absl::StartsWith(text, "\\\\")) {
    return MakeStatus(Code::kInvalid, "address: AF_PIPE is not possible on this system");
  }
  if (family == Family::kUnix || (family == Family::kAny && LooksLikeUnix(text))) {
    return os::UnixAddress(text);
  }
  HostAndPort split;
  if (text.find('\0') != absl::string_view::npos || !SplitHostAndPort(text, &split)) {
    return MakeStatus(Code::kInvalid,
                      absl::StrCat("address: \"", absl::CHexEscape(text), "\" is not host:port"));
  }
  return os::InetAddress(std::string(split.host), static_cast<uint16_t>(split.port),
                         InetFamily(family));
}

absl::StatusOr<os::SocketAddress> ArbitraryAddress(Family family) {
  if (absl::Status status = CheckFamily(family); !status.ok()) return status;
  if (family == Family::kInet || family == Family::kInet6) {
    return os::InetAddress("localhost", 0, InetFamily(family));
  }
  constexpr size_t kNameBytes = 16;
  const absl::StatusOr<std::string> name = RandomBytes(kNameBytes);
  if (!name.ok()) return name.status();
  return os::UnixAddress(absl::StrCat("@billiard-", absl::BytesToHexString(*name)));
}

}  // namespace billiard::connection
