#include "bindings/interface/objects.h"

#include <string>

struct bpi_object_options {
  bp_object_options options;
  std::string name;
};

bpi_object_options* bpi_object_options_new(bp_segment* segment, const char* name, uint32_t flags,
                                           bp_lock* lock, bp_rlock* rlock) {
  auto* made = new bpi_object_options;
  bp_object_options_init(&made->options, sizeof made->options);
  if (name != nullptr) {
    made->name = name;
    made->options.name = made->name.c_str();
  }
  made->options.segment = segment;
  made->options.flags = flags;
  made->options.lock = lock;
  made->options.rlock = rlock;
  return made;
}

void bpi_object_options_free(bpi_object_options* options) { delete options; }

const bp_object_options* bpi_object_options_get(const bpi_object_options* options) {
  return &options->options;
}

namespace {

bp_segment_options SegmentOptions(uint64_t max_bytes) {
  bp_segment_options options;
  bp_segment_options_init(&options, sizeof options);
  options.max_bytes = max_bytes;
  return options;
}

}  // namespace

bp_status bpi_segment_create(uint64_t max_bytes, bp_segment** out, bp_error** error) {
  const bp_segment_options options = SegmentOptions(max_bytes);
  return bp_segment_create(&options, out, error);
}

bp_status bpi_segment_open(const char* name, uint64_t max_bytes, bp_segment** out,
                           bp_error** error) {
  const bp_segment_options options = SegmentOptions(max_bytes);
  return bp_segment_open(name, &options, out, error);
}

bp_status bpi_segment_stats(const bp_segment* segment, uint64_t* max_bytes, uint64_t* objects,
                            uint64_t* bytes_in_use, uint64_t* bytes_committed, uint32_t* processes,
                            bp_error** error) {
  bp_segment_stats stats = {};
  stats.size = sizeof stats;
  const bp_status status = bp_segment_get_stats(segment, &stats, error);
  if (status < 0) return status;
  *max_bytes = stats.max_bytes;
  *objects = stats.objects;
  *bytes_in_use = stats.bytes_in_use;
  *bytes_committed = stats.bytes_committed;
  *processes = stats.processes;
  return status;
}

int32_t bpi_lock_holder_pid(const bp_lock* lock) {
  int32_t pid = 0;
  bp_lock_holder(lock, &pid);
  return pid;
}

int32_t bpi_rlock_holder_pid(const bp_rlock* rlock) {
  int32_t pid = 0;
  bp_rlock_holder(rlock, 0, &pid);
  return pid;
}
