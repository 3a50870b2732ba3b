// How a lock was obtained. kOwnerDied is success with news: the caller has the lock, and what it protects
// may be half-changed, for its last holder ended without releasing it. The news comes once.
#ifndef BILLIARD_CORE_SYNC_GRANT_H_
#define BILLIARD_CORE_SYNC_GRANT_H_

namespace billiard::sync {

enum class Grant { kClean, kOwnerDied };

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_GRANT_H_
