// Taking back what a dead worker held. To be called once its process has ended, so that nothing it held
// can change any more but by the host.
#ifndef BILLIARD_CORE_POOL_RECOVERY_H_
#define BILLIARD_CORE_POOL_RECOVERY_H_

#include <cstdint>
#include <string>

#include "billiard_core/pool/host_pool.h"

namespace billiard::pool {

struct DeadWorker {
  WorkerId id;
  int32_t pid = 0;
  int32_t exit_status = 0;
  std::string why;             // added to the message of a lost job, may be empty
  bool out_of_memory = false;  // the kernel may have killed it for that
};

// Decides the one job that the worker may have held: given back when it was not begun, lost when it
// was, announced when it was answered.
void SettleJob(HostPool* host, const DeadWorker& worker);

// Frees the blocks of all dead processes, but for results that were published.
void TakeBackBlocks(HostPool* host);

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_RECOVERY_H_
