#include "bindings/interface/maps.h"

#include <vector>

bp_status bpi_map_async(bp_pool* pool, const char* task, const bpi_batch* items,
                        uint64_t chunk_size, const bpi_job_options* options,
                        int64_t submit_timeout_ns, bp_interrupt* interrupt, bp_map_result** out,
                        bp_error** error) {
  std::vector<bp_view> views;
  for (size_t i = 0; i < bpi_batch_count(items); ++i) views.push_back(bpi_batch_message(items, i));
  const bp_job_options job = bpi_job_options_for_call(options, submit_timeout_ns, interrupt);
  bp_map_options map;
  bp_map_options_init(&map, sizeof map);
  map.chunk_size = chunk_size;
  map.job = &job;
  return bp_map_async(pool, task, views.data(), views.size(), &map, out, error);
}

int32_t bpi_map_result_pid(const bp_map_result* result, size_t index) {
  std::vector<int32_t> pids(index + 1);
  size_t count = 0;
  const bp_status status = bp_map_result_pids(result, pids.data(), pids.size(), &count, nullptr);
  return status < 0 || index >= count ? 0 : pids[index];
}

bp_status bpi_imap(bp_pool* pool, const char* task, int32_t ordered, uint64_t chunk_size,
                   uint64_t look_ahead, const bpi_job_options* options, int64_t submit_timeout_ns,
                   bp_interrupt* interrupt, bp_imap_iterator** out, bp_error** error) {
  const bp_job_options job = bpi_job_options_for_call(options, submit_timeout_ns, interrupt);
  bp_imap_options imap;
  bp_imap_options_init(&imap, sizeof imap);
  imap.chunk_size = chunk_size;
  imap.look_ahead = look_ahead;
  imap.job = &job;
  return ordered == 1 ? bp_imap(pool, task, &imap, out, error)
                      : bp_imap_unordered(pool, task, &imap, out, error);
}

bp_status bpi_imap_fail(bp_imap_iterator* iterator, const char* class_name, const char* message,
                        const char* backtrace, bp_error** error) {
  const bp_failure failure = {sizeof failure, class_name, message, backtrace};
  return bp_imap_fail(iterator, &failure, error);
}
