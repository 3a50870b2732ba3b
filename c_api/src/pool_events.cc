#include "billiard/pool_events.h"

#include <algorithm>
#include <cstring>

#include "billiard_core/pool/pool.h"
#include "c_api/src/guard.h"
#include "c_api/src/pool_event_convert.h"

using billiard::c_api::Convert;
using billiard::c_api::Guard;
using billiard::c_api::NotNull;
using billiard::pool::Pool;
using billiard::pool::PoolEvent;

namespace billiard::c_api {

bp_pool_event Convert(const PoolEvent& event) {
  return bp_pool_event{
      event.job, event.time_ns, event.soft_ns, event.hard_ns,     static_cast<int32_t>(event.kind),
      event.pid, event.index,   event.group,   event.exit_status, event.count};
}

}  // namespace billiard::c_api

namespace {

Pool* Core(bp_pool* pool) { return reinterpret_cast<Pool*>(pool); }

}  // namespace

int bp_pool_fd(bp_pool* pool) { return pool == nullptr ? -1 : Core(pool)->events_fd(); }

bp_status bp_pool_step(bp_pool* pool, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    return Core(pool)->Step();
  });
}

bp_status bp_pool_read_events(bp_pool* pool, bp_pool_event* events, size_t capacity,
                              size_t event_size, size_t* count, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(NotNull(count, "count"));
    *count = 0;
    if (capacity > 0) BP_RETURN_IF_ERROR(NotNull(events, "events"));
    if (event_size < sizeof(uint64_t) || event_size > 64 * 1024) {
      return billiard::MakeStatus(billiard::Code::kInvalid,
                                  "event_size: set it to sizeof(bp_pool_event)");
    }
    char* out = reinterpret_cast<char*>(events);
    PoolEvent taken[64];
    while (*count < capacity) {
      const size_t wanted = std::min<size_t>(capacity - *count, 64);
      const absl::StatusOr<size_t> read = Core(pool)->ReadEvents(taken, wanted);
      BP_RETURN_IF_ERROR(read.status());
      for (size_t i = 0; i < *read; ++i) {
        const bp_pool_event converted = Convert(taken[i]);
        memset(out, 0, event_size);
        memcpy(out, &converted, std::min(event_size, sizeof converted));
        out += event_size;
      }
      *count += *read;
      if (*read < wanted) break;
    }
    return absl::OkStatus();
  });
}
