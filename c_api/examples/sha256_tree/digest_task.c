#include "digest_task.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "library.h"

enum { kPiece = 256 * 1024 };

struct sha256_stream {
  EVP_MD_CTX* context;
};

sha256_stream* sha256_begin(void) {
  sha256_stream* stream = malloc(sizeof *stream);
  if (stream == NULL) return NULL;
  stream->context = EVP_MD_CTX_new();
  if (stream->context == NULL || EVP_DigestInit_ex(stream->context, EVP_sha256(), NULL) != 1) {
    EVP_MD_CTX_free(stream->context);
    free(stream);
    return NULL;
  }
  return stream;
}

bool sha256_add(sha256_stream* stream, const void* bytes, size_t size) {
  return EVP_DigestUpdate(stream->context, bytes, size) == 1;
}

bool sha256_end(sha256_stream* stream, unsigned char digest[32]) {
  if (stream == NULL) return false;
  bool fine = EVP_DigestFinal_ex(stream->context, digest, NULL) == 1;
  EVP_MD_CTX_free(stream->context);
  free(stream);
  return fine;
}

void sha256_hex(const unsigned char digest[32], char hex[65]) {
  for (size_t i = 0; i < 32; ++i) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* Hashes what is left in `fd`. Returns 0 or an errno. */
static int hash_fd(int fd, file_digest* out) {
  static unsigned char piece[kPiece]; /* a worker runs one task at a time */
  sha256_stream* stream = sha256_begin();
  if (stream == NULL) return ENOMEM;
  int failure = 0;
  out->bytes = 0;
  for (;;) {
    ssize_t size = read(fd, piece, sizeof piece);
    if (size == 0) break;
    if (size < 0) {
      if (errno == EINTR) continue;
      failure = errno;
      break;
    }
    out->bytes += (uint64_t)size;
    if (!sha256_add(stream, piece, (size_t)size)) {
      failure = EIO;
      break;
    }
  }
  if (!sha256_end(stream, out->sha256) && failure == 0) failure = EIO;
  return failure;
}

static int hash_file(const char* path, file_digest* out) {
  /* O_NONBLOCK: what was a file a moment ago may be a FIFO now. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return errno;
  int failure = hash_fd(fd, out);
  close(fd);
  return failure;
}

static int fail_job(bp_job* job, int failure) {
  bp_failure words = {.size = sizeof words, .message = strerror(failure)};
  return bp_job_fail(job, &words, NULL) == BP_OK ? 0 : 1;
}

int digest_task(bp_job* job, void* context) {
  (void)context;
  bp_view payload = bp_job_payload(job);
  char* path = malloc(payload.size + 1);
  if (path == NULL) return fail_job(job, ENOMEM);
  memcpy(path, payload.data, payload.size);
  path[payload.size] = '\0';
  file_digest digest;
  memset(&digest, 0, sizeof digest);
  int failure = hash_file(path, &digest);
  free(path);
  if (failure != 0) return fail_job(job, failure);
  return bp_job_reply(job, &digest, sizeof digest, BP_FORMAT_RAW, NULL) == BP_OK ? 0 : 1;
}
