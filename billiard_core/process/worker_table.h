// Which worker process the template has at which place. The template's own memory: the entries in
// shared memory tell others, but whom to kill is never read from there. libc only.
#ifndef BILLIARD_CORE_PROCESS_WORKER_TABLE_H_
#define BILLIARD_CORE_PROCESS_WORKER_TABLE_H_

#include <sys/types.h>

#include "billiard_core/process/protocol.h"

namespace billiard::process {

class WorkerTable {
 public:
  // False: no memory.
  bool Create(int places);

  int places() const { return places_; }
  pid_t pid(int place) const { return pids_[place]; }  // 0: none
  // The request that the worker was started for.
  const StartRequest& request(int place) const { return requests_[place]; }

  void Put(const StartRequest& request, pid_t pid);
  void Remove(int place) { pids_[place] = 0; }

  // The worker's place, or -1: not a worker.
  int Find(pid_t pid) const;

 private:
  pid_t* pids_ = nullptr;
  StartRequest* requests_ = nullptr;
  int places_ = 0;
};

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_WORKER_TABLE_H_
