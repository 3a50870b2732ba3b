// The fork server: a small process that forks a child for whoever asks (CTX-50 to CTX-55). DESIGN.md says
// what happens when it dies.
#ifndef BILLIARD_CORE_PROCESS_CHILD_FORK_SERVER_H_
#define BILLIARD_CORE_PROCESS_CHILD_FORK_SERVER_H_

#include <string>
#include <vector>

#include "billiard_core/os/fd.h"

namespace billiard::process {

// Loads the modules, tells `channel` that the server is ready, and serves `connection` until nobody has the
// other end any more.
[[noreturn]] void ServeForks(os::Fd channel, int connection,
                             const std::vector<std::string>& preload);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_FORK_SERVER_H_
