/* What the workers do: the task "digest", and SHA-256 in pieces by OpenSSL. */
#ifndef BILLIARD_EXAMPLES_SHA256_TREE_DIGEST_TASK_H_
#define BILLIARD_EXAMPLES_SHA256_TREE_DIGEST_TASK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "billiard/bp.h"

/* The answer of the task "digest" to the path of a file: sent as it lies in memory, since both ends
 * are the same program. */
typedef struct file_digest {
  uint64_t bytes;
  unsigned char sha256[32];
} file_digest;

/* A bp_task_fn. The job's payload is a path; a file that can not be read fails the job with the
 * system's words. */
int digest_task(bp_job* job, void* context);

typedef struct sha256_stream sha256_stream;
sha256_stream* sha256_begin(void);
bool sha256_add(sha256_stream* stream, const void* bytes, size_t size);
/* Frees the stream; NULL gives false. */
bool sha256_end(sha256_stream* stream, unsigned char digest[32]);
void sha256_hex(const unsigned char digest[32], char hex[65]);

#endif /* BILLIARD_EXAMPLES_SHA256_TREE_DIGEST_TASK_H_ */
