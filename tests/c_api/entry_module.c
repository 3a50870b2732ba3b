/* A module that registers an entry; for the fork server to load. */
#include "billiard/context.h"
#include "billiard/task.h"

static int32_t twenty_one(const void* data, size_t size, void* context) {
  (void)data;
  (void)size;
  (void)context;
  return 21;
}

BP_API bp_status bp_module_init(bp_error** error);

bp_status bp_module_init(bp_error** error) {
  return bp_entry_register("from module", twenty_one, NULL, error);
}
