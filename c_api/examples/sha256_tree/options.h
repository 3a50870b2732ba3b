/* The command line of the main job (docs/main-job.md). */
#ifndef BILLIARD_EXAMPLES_SHA256_TREE_OPTIONS_H_
#define BILLIARD_EXAMPLES_SHA256_TREE_OPTIONS_H_

#include <stdbool.h>
#include <stdint.h>

typedef struct job_options {
  int32_t workers; /* 0: not given */
  bool kill_one;
  const char* directory;
} job_options;

/* Fills *options. False: the call is wrong, and standard error says why. */
bool parse_options(int argc, char** argv, job_options* options);

#endif /* BILLIARD_EXAMPLES_SHA256_TREE_OPTIONS_H_ */
