#include "billiard_core/process/worker_table.h"

#include <cstdlib>

namespace billiard::process {

bool WorkerTable::Create(int places) {
  places_ = places;
  pids_ = static_cast<pid_t*>(calloc(places, sizeof(pid_t)));
  requests_ = static_cast<StartRequest*>(calloc(places, sizeof(StartRequest)));
  return pids_ != nullptr && requests_ != nullptr;
}

void WorkerTable::Put(const StartRequest& request, pid_t pid) {
  pids_[request.place] = pid;
  requests_[request.place] = request;
}

int WorkerTable::Find(pid_t pid) const {
  for (int place = 0; place < places_; ++place) {
    if (pids_[place] == pid) return place;
  }
  return -1;
}

}  // namespace billiard::process
