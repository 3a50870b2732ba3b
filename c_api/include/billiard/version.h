/* The library's version. BP_VERSION is what a program was compiled with, bp_version() what it runs
 * with; within one SONAME a newer library serves older programs. */
#ifndef BILLIARD_VERSION_H_
#define BILLIARD_VERSION_H_

#include "billiard/common.h"

#define BP_VERSION_MAJOR 0
#define BP_VERSION_MINOR 1
#define BP_VERSION_PATCH 0
#define BP_VERSION "0.1.0"

BP_BEGIN_C

/* "major.minor.patch" (UTIL-87).
 * Owner: the text is static. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API const char* bp_version(void);

/* Number of CPUs that this process may use: its affinity, reduced by its cgroup's quota, at least 1.
 * It is the default number of workers (POOL-1).
 * Owner: nothing. Threads: any. Fork: safe. Blocks: never. Errors: none. */
BP_API int32_t bp_cpus_available(void);

BP_END_C

#endif /* BILLIARD_VERSION_H_ */
