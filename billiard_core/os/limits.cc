#include "billiard_core/os/limits.h"

#include <sys/resource.h>

namespace billiard::os {
namespace {

uint64_t SoftLimit(__rlimit_resource resource) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  return limit.rlim_cur;
}

}  // namespace

uint64_t AddressSpaceLimit() { return SoftLimit(RLIMIT_AS); }

uint64_t FileSizeLimit() { return SoftLimit(RLIMIT_FSIZE); }

}  // namespace billiard::os
