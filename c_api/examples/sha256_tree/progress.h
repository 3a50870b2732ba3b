/* A progress line on standard error, when that is a terminal; nothing otherwise. */
#ifndef BILLIARD_EXAMPLES_SHA256_TREE_PROGRESS_H_
#define BILLIARD_EXAMPLES_SHA256_TREE_PROGRESS_H_

#include <stddef.h>

/* Rewrites the line, at most ten times a second. */
void show_progress(size_t done, size_t total);

/* Wipes the line, before anything else is written and at the end. */
void clear_progress(void);

#endif /* BILLIARD_EXAMPLES_SHA256_TREE_PROGRESS_H_ */
