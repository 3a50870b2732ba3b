// What this process is called in log lines (UTIL-44). Any thread; a forked child begins with its parent's
// name.
#ifndef BILLIARD_CORE_LOGGING_PROCESS_NAME_H_
#define BILLIARD_CORE_LOGGING_PROCESS_NAME_H_

#include "absl/strings/string_view.h"

namespace billiard::logging {

// "MainProcess" until it is set. The text stays valid; a later name is another text.
absl::string_view ProcessName();

// Keeps a few bytes for good: names are not to be set all the time.
void SetProcessName(absl::string_view name);

}  // namespace billiard::logging

#endif  // BILLIARD_CORE_LOGGING_PROCESS_NAME_H_
