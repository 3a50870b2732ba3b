// A look at a pool of another process of the same user, through that process's open memfd under /proc:
// the pool's host does not take part and is not disturbed.
//
// Threads: all functions, any thread. Fork: a child may go on using it. Blocks: never.
#ifndef BILLIARD_CORE_POOL_OBSERVER_H_
#define BILLIARD_CORE_POOL_OBSERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/pool/snapshot.h"
#include "billiard_core/shared_memory/segment.h"

namespace billiard::pool {

class Observer {
 public:
  // The `index`-th pool, from 0 in the order of their making, that process `host` has now. kNotFound when
  // there is no such process or pool; kOs (EACCES) when the process is another user's.
  static absl::StatusOr<std::unique_ptr<Observer>> Open(pid_t host, int index);

  // kClosed when the host has ended.
  absl::StatusOr<PoolSnapshot> Look() const;

  // kInvalid for an index that no group has; kClosed when the host has ended.
  absl::StatusOr<std::string> GroupName(int index) const;

 private:
  Observer(os::Fd host, std::unique_ptr<shared_memory::Segment> segment, PoolTables tables)
      : host_(std::move(host)), segment_(std::move(segment)), tables_(tables) {}

  absl::Status CheckHost() const;

  const os::Fd host_;  // pidfd
  const std::unique_ptr<shared_memory::Segment> segment_;
  const PoolTables tables_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_OBSERVER_H_
