// The owner of an RLock within its process: a number of the caller's choice, or the calling thread.
#ifndef BILLIARD_C_API_OWNER_TOKEN_H_
#define BILLIARD_C_API_OWNER_TOKEN_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace billiard::c_api {

// 0 becomes the calling thread's own token, which no other thread of this process ever had or will have
// and which is 2^63 or more. kInvalid for other tokens from 2^63 on.
absl::StatusOr<uint64_t> OwnerToken(uint64_t owner_token);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_OWNER_TOKEN_H_
