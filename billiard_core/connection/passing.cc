#include "billiard_core/connection/passing.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "billiard_core/base/status.h"

namespace billiard::connection {
namespace {

constexpr absl::string_view kMark = "#CONNECTION#";
constexpr char kReadable = 1, kWritable = 2, kBlocking = 4, kAll = 7;

std::string Describe(const ConnectionOptions& options) {
  std::string text(kMark);
  text.push_back(static_cast<char>((options.readable ? kReadable : 0) |
                                   (options.writable ? kWritable : 0) |
                                   (options.blocking ? kBlocking : 0)));
  unsigned char limit[kFrameHeaderBytes];
  EncodeFrameLength(options.max_message, limit);
  text.append(reinterpret_cast<const char*>(limit), sizeof limit);
  return text;
}

// False when the text describes no connection.
bool ReadDescription(absl::string_view text, ConnectionOptions* options) {
  if (text.size() != kMark.size() + 1 + kFrameHeaderBytes || !absl::StartsWith(text, kMark)) {
    return false;
  }
  const char flags = text[kMark.size()];
  unsigned char limit[kFrameHeaderBytes];
  memcpy(limit, text.data() + kMark.size() + 1, sizeof limit);
  const absl::StatusOr<uint32_t> max_message = DecodeFrameLength(limit, kLongestFrame);
  if (!max_message.ok() || (flags & ~kAll) != 0) return false;
  *options = {.readable = (flags & kReadable) != 0,
              .writable = (flags & kWritable) != 0,
              .blocking = (flags & kBlocking) != 0,
              .max_message = *max_message};
  return true;
}

}  // namespace

absl::StatusOr<Sent> SendConnection(Connection* over, const Connection& passed, Deadline deadline,
                                    os::Interrupt* interrupt) {
  const absl::StatusOr<int> fd = passed.fd();
  if (!fd.ok()) return fd.status();
  if (passed.pending() > 0) {
    return MakeStatus(Code::kState, "a part of a message is pending on the connection");
  }
  return over->Send(Describe(passed.options()), deadline, interrupt, {*fd});
}

absl::StatusOr<std::unique_ptr<Connection>> ReceiveConnection(Connection* over, Deadline deadline,
                                                              os::Interrupt* interrupt) {
  Bytes message;
  std::vector<os::Fd> passed;
  absl::Status status = over->Receive(-1, deadline, interrupt, &message, &passed);
  if (!status.ok()) return status;
  ConnectionOptions options;
  if (passed.size() != 1 || !ReadDescription(message.view(), &options)) {
    return MakeStatus(Code::kCorrupt, "the message is no connection");
  }
  return Connection::FromFd(&passed[0], options);
}

}  // namespace billiard::connection
