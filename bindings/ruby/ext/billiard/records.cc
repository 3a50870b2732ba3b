#include "bindings/ruby/ext/billiard/records.h"

namespace billiard_ruby {
namespace {

void Put(VALUE record, const char* key, VALUE value) {
  rb_hash_aset(record, ID2SYM(rb_intern(key)), value);
}

}  // namespace

VALUE StatsRecord(const bp_pool_stats* stats) {
  VALUE record = rb_hash_new();
  Put(record, "submitted", ULL2NUM(stats->submitted));
  Put(record, "queued", ULL2NUM(stats->queued));
  Put(record, "running", ULL2NUM(stats->running));
  Put(record, "succeeded", ULL2NUM(stats->succeeded));
  Put(record, "failed", ULL2NUM(stats->failed));
  Put(record, "lost", ULL2NUM(stats->lost));
  Put(record, "terminated", ULL2NUM(stats->terminated));
  Put(record, "restarts", ULL2NUM(stats->restarts));
  Put(record, "workers", INT2NUM(stats->workers));
  Put(record, "ready", INT2NUM(stats->ready));
  Put(record, "template_pid", INT2NUM(stats->template_pid));
  Put(record, "timed_out", ULL2NUM(stats->timed_out));
  Put(record, "over_memory", ULL2NUM(stats->over_memory));
  Put(record, "expired", ULL2NUM(stats->expired));
  Put(record, "restarts_lost", ULL2NUM(stats->restarts_lost));
  Put(record, "restarts_recycled", ULL2NUM(stats->restarts_recycled));
  Put(record, "restarts_boot", ULL2NUM(stats->restarts_boot));
  Put(record, "restarts_asked", ULL2NUM(stats->restarts_asked));
  return record;
}

VALUE WorkerRecord(const bp_worker_info* info) {
  if (info == nullptr) return Qnil;
  VALUE record = rb_hash_new();
  Put(record, "index", INT2NUM(info->index));
  Put(record, "pid", info->pid == 0 ? Qnil : INT2NUM(info->pid));
  Put(record, "state", INT2NUM(info->state));
  Put(record, "group", INT2NUM(info->group));
  Put(record, "job_id", info->job == BP_NO_JOB ? Qnil : ULL2NUM(info->job));
  Put(record, "since_ns", LL2NUM(info->since_ns));
  Put(record, "jobs_done", ULL2NUM(info->jobs_done));
  Put(record, "starts", ULL2NUM(info->starts));
  Put(record, "memory_kib", info->memory_kib == 0 ? Qnil : LL2NUM(info->memory_kib));
  return record;
}

VALUE EventRecords(const bp_pool_event* events, size_t count) {
  VALUE records = rb_ary_new_capa(static_cast<long>(count));
  for (size_t i = 0; i < count; ++i) {
    const bp_pool_event& event = events[i];
    rb_ary_push(records, rb_ary_new_from_args(10, INT2NUM(event.kind),
                                              event.job == BP_NO_JOB ? Qnil : ULL2NUM(event.job),
                                              LL2NUM(event.time_ns), LL2NUM(event.soft_ns),
                                              LL2NUM(event.hard_ns), INT2NUM(event.pid),
                                              INT2NUM(event.index), INT2NUM(event.group),
                                              INT2NUM(event.exit_status), INT2NUM(event.count)));
  }
  return records;
}

VALUE SegmentRecord(const bp_segment_stats* stats) {
  VALUE record = rb_hash_new();
  Put(record, "max_bytes", ULL2NUM(stats->max_bytes));
  Put(record, "objects", ULL2NUM(stats->objects));
  Put(record, "bytes_in_use", ULL2NUM(stats->bytes_in_use));
  Put(record, "bytes_committed", ULL2NUM(stats->bytes_committed));
  Put(record, "processes", UINT2NUM(stats->processes));
  return record;
}

}  // namespace billiard_ruby
