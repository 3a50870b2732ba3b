// What a child tells the process that starts it, over a message socket: that it was born, that it has found
// what it is to run, or why it can not, and (children of the fork server) how it ended.
#ifndef BILLIARD_CORE_PROCESS_CHILD_HANDSHAKE_H_
#define BILLIARD_CORE_PROCESS_CHILD_HANDSHAKE_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/process/child/library_fd.h"

namespace billiard::process {

enum class NewsKind : int32_t {
  kNone,    // nothing to read now
  kBorn,    // pid, and its pidfd
  kReady,   // it will run
  kFailed,  // status: a Code; error_number; text
  kExited,  // status
  kEnd,     // the other end has gone
};

struct News {
  NewsKind kind = NewsKind::kNone;
  int32_t pid = 0;
  int32_t status = 0;
  int32_t error_number = 0;
  char text[480] = {};  // ends in NUL
};

// The child's side; nothing here allocates.
void TellBorn(int channel);  // with a pidfd that the process opened on itself
void TellReady(int channel);
void TellFailed(int channel, Code code, int error_number, absl::string_view text);
void TellExited(int channel, int32_t status);

// The next news; kNone when the deadline passed. A descriptor that came with it is in *fd. Bytes that are no
// news are the end.
News NextNews(int channel, Deadline deadline, LibraryFd* fd);

// What a kFailed says, as a status.
absl::Status FailureOf(const News& news);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_HANDSHAKE_H_
