/* Uses every public macro once: one that expands to nonsense must not wait for a user to find it. */
#include "billiard/bp.h"

BP_BEGIN_C
BP_API int bp_test_every_macro(void);
BP_END_C

#define COUNT_STATUS(name, number, text) +(sizeof(text) > 1 && (name) == (number))
static const int kStatuses = 0 BP_STATUS_LIST(COUNT_STATUS);
#undef COUNT_STATUS

static const char kVersion[] = BP_VERSION;

int bp_test_every_macro(void) {
  int64_t timeout = BP_FOREVER;
  uint64_t job = BP_NO_JOB;
  int32_t status = BP_EXIT_UNKNOWN;
  int32_t none = BP_EXIT_NONE;
  int64_t most =
      BP_SEM_VALUE_MAX + BP_TRACKED_VALUE_MAX + BP_PARTIES_MAX + BP_MESSAGE_MAX + BP_PASSED_MAX;
  int version = BP_VERSION_MAJOR * 10000 + BP_VERSION_MINOR * 100 + BP_VERSION_PATCH;
  return kStatuses + version + (int)sizeof kVersion + (timeout < 0) + (job > 0) + (status < none) +
         (most == INT64_C(2147483647) + 65536 + 4096 + INT64_C(2147483647) + 64);
}
