/* A stranger's program: compiled against the installed headers and library through pkg-config alone.
 * It is host and, started by its own pool, worker. Its workers are commands, so it also shows that
 * the library finds its installed template program. */
#include <billiard/bp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int upper(bp_job* job, void* context) {
  (void)context;
  bp_view payload = bp_job_payload(job);
  char* text = (char*)malloc(payload.size + 1); /* the cast is for C++ */
  if (text == NULL) return 1;
  for (size_t i = 0; i < payload.size; ++i) {
    char letter = ((const char*)payload.data)[i];
    text[i] = (char)(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
  }
  bp_status status = bp_job_reply(job, text, payload.size, BP_FORMAT_RAW, NULL);
  free(text);
  return status == BP_OK ? 0 : 1;
}

static int fail(const char* what, bp_error* error) {
  fprintf(stderr, "%s: %s\n", what, bp_error_message(error));
  bp_error_release(error);
  return EXIT_FAILURE;
}

static int serve(void) {
  bp_worker* worker = NULL;
  bp_error* error = NULL;
  if (bp_task_register("upper", upper, NULL, &error) != BP_OK) return fail("register", error);
  if (bp_worker_attach(&worker, &error) != BP_OK) return fail("attach", error);
  if (bp_worker_run(worker, NULL, &error) != BP_OK) return fail("run", error);
  const int status = bp_worker_exit_status(worker);
  bp_worker_release(worker);
  return status;
}

int main(int argc, char** argv) {
  if (bp_worker_requested()) return serve();
  if (argc != 1 || strcmp(bp_version(), BP_VERSION) != 0) return EXIT_FAILURE;
  const char* const command[] = {argv[0], NULL};
  bp_pool_options options;
  bp_pool* pool = NULL;
  bp_error* error = NULL;
  bp_buffer value;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 2;
  options.command = command;
  if (bp_pool_create(&options, &pool, &error) != BP_OK) return fail("create", error);
  if (bp_apply(pool, "upper", "installed", 9, NULL, BP_FOREVER, NULL, &value, &error) != BP_OK) {
    return fail("apply", error);
  }
  printf("%.*s\n", (int)value.size, (const char*)value.data);
  bp_buffer_free(&value);
  bp_pool_release(pool);
  return EXIT_SUCCESS;
}
