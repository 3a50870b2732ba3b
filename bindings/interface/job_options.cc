#include "bindings/interface/job_options.h"

#include <new>
#include <string>

struct bpi_job_options {
  bpi_job_options() { bp_job_options_init(&options, sizeof options); }

  bp_job_options options;
  std::string group;
};

bpi_job_options* bpi_job_options_new(void) { return new (std::nothrow) bpi_job_options; }

void bpi_job_options_free(bpi_job_options* options) { delete options; }

void bpi_job_options_set_format(bpi_job_options* options, uint32_t format) {
  options->options.format = format;
}

void bpi_job_options_set_group(bpi_job_options* options, const char* group) {
  options->group = group == nullptr ? "" : group;
  options->options.group = group == nullptr ? nullptr : options->group.c_str();
}

void bpi_job_options_set_notify(bpi_job_options* options, int32_t notify) {
  options->options.notify = notify;
}

void bpi_job_options_set_time_limit(bpi_job_options* options, int64_t time_limit_ns) {
  options->options.time_limit_ns = time_limit_ns;
}

void bpi_job_options_set_soft_time_limit(bpi_job_options* options, int64_t soft_time_limit_ns) {
  options->options.soft_time_limit_ns = soft_time_limit_ns;
}

void bpi_job_options_set_expiry(bpi_job_options* options, int64_t expires_ns) {
  options->options.expires_ns = expires_ns;
}

void bpi_job_options_set_max_retries(bpi_job_options* options, int32_t max_retries) {
  options->options.max_retries = max_retries;
}

void bpi_job_options_set_priority(bpi_job_options* options, int32_t priority) {
  options->options.priority = priority;
}

void bpi_job_options_set_wait_for_slot(bpi_job_options* options, int32_t wait_for_slot) {
  options->options.wait_for_slot = wait_for_slot;
}

void bpi_job_options_set_notify_accepted(bpi_job_options* options, int32_t notify_accepted) {
  options->options.notify_accepted = notify_accepted;
}

bp_job_options bpi_job_options_for_call(const bpi_job_options* options, int64_t submit_timeout_ns,
                                        bp_interrupt* interrupt) {
  bp_job_options complete = options->options;
  complete.submit_timeout_ns = submit_timeout_ns;
  complete.interrupt = interrupt;
  return complete;
}

bp_status bpi_apply_with(bp_pool* pool, const char* task, const void* data, size_t size,
                         const bpi_job_options* options, int64_t submit_timeout_ns,
                         bp_interrupt* interrupt, bp_result** out, bp_error** error) {
  const bp_job_options complete = bpi_job_options_for_call(options, submit_timeout_ns, interrupt);
  return bp_apply_async(pool, task, data, size, &complete, out, error);
}
