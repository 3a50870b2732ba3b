// Resource limits of this process that concern shared memory.
#ifndef BILLIARD_CORE_OS_LIMITS_H_
#define BILLIARD_CORE_OS_LIMITS_H_

#include <cstdint>

namespace billiard::os {

inline constexpr uint64_t kNoLimit = UINT64_MAX;

// Bytes of address space (RLIMIT_AS), or kNoLimit.
uint64_t AddressSpaceLimit();

// The largest file that this process may make (RLIMIT_FSIZE), or kNoLimit. Making a larger one would
// raise SIGXFSZ.
uint64_t FileSizeLimit();

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_LIMITS_H_
