// The double fork by which a template comes into the world: the host's child makes it, announces it
// and ends at once, so that the template is nobody's child whom the host's wait(-1) could meet.
#ifndef BILLIARD_CORE_PROCESS_BIRTH_H_
#define BILLIARD_CORE_PROCESS_BIRTH_H_

#include <sys/types.h>

#include "billiard_core/process/protocol.h"

namespace billiard::process {

// In the intermediate process, with the result of its own fork: sends kBorn with the template's
// pidfd, or kSetupFailed with errno. libc only.
void AnnounceBirth(int channel, pid_t template_pid);

// In whoever could not become the template: sends kSetupFailed with errno. libc only.
void AnnounceFailure(int channel, StartStep step);

// In the host: waits for the intermediate's end. A host that ignores SIGCHLD, or one that reaps
// whatever it meets, is no obstacle.
void ReapIntermediate(pid_t pid);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_BIRTH_H_
