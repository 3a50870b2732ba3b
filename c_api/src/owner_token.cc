#include "c_api/src/owner_token.h"

#include <atomic>

#include "billiard_core/base/status.h"

namespace billiard::c_api {
namespace {

constexpr uint64_t kThreads = uint64_t{1} << 63;

// The kernel uses a thread's id again, and then a thread would own what an ended one left taken.
uint64_t TokenOfThread() {
  static std::atomic<uint64_t> threads{0};
  thread_local const uint64_t token = kThreads | threads.fetch_add(1, std::memory_order_relaxed);
  return token;
}

}  // namespace

absl::StatusOr<uint64_t> OwnerToken(uint64_t owner_token) {
  if (owner_token >= kThreads) return MakeStatus(Code::kInvalid, "owner_token: is 2^63 or more");
  return owner_token == 0 ? TokenOfThread() : owner_token;
}

}  // namespace billiard::c_api
