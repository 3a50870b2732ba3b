// Snapshots as Hashes with Symbol keys, named as the fields of the C structs.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_RECORDS_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_RECORDS_H_

#include <ruby.h>

#include "billiard/bp.h"

namespace billiard_ruby {

VALUE StatsRecord(const bp_pool_stats* stats);

// nil for NULL. A job of BP_NO_JOB and a pid of 0 become nil.
VALUE WorkerRecord(const bp_worker_info* info);

// An Array of [kind, job id or nil, time_ns, soft_ns, hard_ns, pid, index, group, exit status, count].
VALUE EventRecords(const bp_pool_event* events, size_t count);

VALUE SegmentRecord(const bp_segment_stats* stats);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_RECORDS_H_
