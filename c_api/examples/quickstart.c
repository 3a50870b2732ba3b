#include <billiard/bp.h>
#include <stdio.h>

static int square(bp_job* job, void* context) {
  (void)context;
  int n = *(const int*)bp_job_payload(job).data;
  n *= n;
  return bp_job_reply(job, &n, sizeof n, BP_FORMAT_RAW, NULL) != BP_OK;
}

int main(void) {
  bp_pool_options options;
  bp_pool* pool = NULL;
  bp_result* jobs[11] = {NULL};
  bp_view value;
  int sum = 0;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 2;
  if (bp_task_register("square", square, NULL, NULL) != BP_OK) return 1;
  if (bp_pool_create(&options, &pool, NULL) != BP_OK) return 1;
  for (int n = 1; n <= 10; ++n) {
    if (bp_apply_async(pool, "square", &n, sizeof n, NULL, &jobs[n], NULL) != BP_OK) return 1;
  }
  for (int n = 1; n <= 10; ++n) {
    if (bp_result_get(jobs[n], BP_FOREVER, NULL, &value, NULL) != BP_OK) return 1;
    sum += *(const int*)value.data;
    bp_result_release(jobs[n]);
  }
  printf("%d\n", sum); /* 385 */
  bp_pool_release(pool);
  return 0;
}
