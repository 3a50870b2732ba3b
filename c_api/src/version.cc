#include "billiard/version.h"

#include "billiard_core/base/cpus.h"

const char* bp_version(void) { return BP_VERSION; }

int32_t bp_cpus_available(void) { return billiard::CpusAvailable(); }
