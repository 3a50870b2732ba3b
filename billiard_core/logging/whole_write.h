// Writing a line in one go, as a guest in somebody's process.
#ifndef BILLIARD_CORE_LOGGING_WHOLE_WRITE_H_
#define BILLIARD_CORE_LOGGING_WHOLE_WRITE_H_

#include "absl/strings/string_view.h"

namespace billiard::logging {

// One write(2), so that lines of several processes do not mix (pipes: up to PIPE_BUF bytes; files opened
// for appending: any). What a full non-blocking descriptor does not take is dropped. No SIGPIPE comes of
// it, and errno stays as it is.
void WriteWhole(int fd, absl::string_view line);

}  // namespace billiard::logging

#endif  // BILLIARD_CORE_LOGGING_WHOLE_WRITE_H_
