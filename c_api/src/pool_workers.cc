#include "billiard/pool_workers.h"

#include "billiard_core/pool/pool.h"
#include "c_api/src/guard.h"

using billiard::c_api::Guard;
using billiard::c_api::NotNull;
using billiard::pool::Pool;

namespace {

Pool* Core(bp_pool* pool) { return reinterpret_cast<Pool*>(pool); }

absl::string_view GroupName(const char* group) { return group == nullptr ? "" : group; }

}  // namespace

bp_status bp_pool_grow(bp_pool* pool, const char* group, int32_t count, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->Grow(GroupName(group), count);
  });
}

bp_status bp_pool_shrink(bp_pool* pool, const char* group, int32_t count, int32_t drain,
                         bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->Shrink(GroupName(group), count, drain != 0);
  });
}

bp_status bp_pool_restart(bp_pool* pool, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->Restart();
  });
}

bp_status bp_pool_refork(bp_pool* pool, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->Refork();
  });
}

int bp_pool_did_start_ok(bp_pool* pool) {
  return pool != nullptr && Core(pool)->DidStartOk() ? 1 : 0;
}

bp_status bp_pool_maintain(bp_pool* pool, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->Maintain();
  });
}

bp_status bp_pool_worker_sentinel(bp_pool* pool, int32_t pid, int* fd, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(fd, "fd"));
    *fd = -1;
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    absl::StatusOr<billiard::os::Fd> sentinel = Core(pool)->WorkerSentinel(pid);
    if (sentinel.ok()) *fd = sentinel->Release();
    return sentinel.status();
  });
}
