// Bytes handed to a caller who frees them with bp_buffer_free.
#ifndef BILLIARD_C_API_BUFFER_H_
#define BILLIARD_C_API_BUFFER_H_

#include "absl/status/status.h"
#include "billiard/common.h"

namespace billiard::c_api {

// Fills *buffer with a copy. kNoMem.
absl::Status FillBuffer(const void* data, size_t size, uint32_t format, bp_buffer* buffer);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_BUFFER_H_
