// Shims of segment.h.
#include "billiard/segment.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "billiard_core/os/shared_file.h"
#include "c_api/src/guard.h"
#include "c_api/src/segment_object.h"

namespace billiard::c_api {
namespace {

using shared_memory::Arena;
using shared_memory::ArenaOptions;
using shared_memory::ArenaStats;

absl::Status ReadSegmentOptions(const bp_segment_options* options, ArenaOptions* read) {
  bp_segment_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  read->max_bytes = full.max_bytes;
  return absl::OkStatus();
}

absl::Status HandOver(absl::StatusOr<std::shared_ptr<Arena>> arena, bp_segment** out) {
  if (!arena.ok()) return arena.status();
  *out = new bp_segment{*std::move(arena)};
  return absl::OkStatus();
}

}  // namespace
}  // namespace billiard::c_api

using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

void bp_segment_options_init(bp_segment_options* options, size_t size) {
  InitOptions(options, size);
}

bp_status bp_segment_create(const bp_segment_options* options, bp_segment** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    ArenaOptions read;
    BP_RETURN_IF_ERROR(ReadSegmentOptions(options, &read));
    return HandOver(Arena::Create(read), out);
  });
}

bp_status bp_segment_default(bp_segment** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    return HandOver(Arena::Default(), out);
  });
}

bp_status bp_segment_open(const char* name, const bp_segment_options* options, bp_segment** out,
                          bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(name, "name"));
    ArenaOptions read;
    BP_RETURN_IF_ERROR(ReadSegmentOptions(options, &read));
    return HandOver(Arena::OpenNamed(name, read), out);
  });
}

bp_status bp_segment_attach_fd(int fd, bp_segment** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    absl::StatusOr<billiard::os::Fd> own = billiard::os::DuplicateFd(fd);
    if (!own.ok()) return MakeStatus(billiard::Code::kInvalid, "fd: is no open descriptor");
    return HandOver(Arena::OpenFd(*std::move(own)), out);
  });
}

int bp_segment_fd(const bp_segment* segment) {
  return segment == nullptr ? -1 : segment->arena->segment()->fd();
}

bp_status bp_segment_get_stats(const bp_segment* segment, bp_segment_stats* out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(segment, "segment"));
    BP_RETURN_IF_ERROR(NotNull(out, "out"));
    if (out->size < sizeof out->size) {
      return MakeStatus(billiard::Code::kInvalid, "out.size: is not set");
    }
    const ArenaStats stats = segment->arena->Stats();
    bp_segment_stats full = {};
    full.size = out->size;
    full.max_bytes = stats.segment_bytes;
    full.objects = stats.objects;
    full.bytes_in_use = stats.bytes_in_use;
    full.bytes_committed = stats.bytes_committed;
    full.processes = static_cast<uint32_t>(std::max(stats.participants, 0));
    memcpy(static_cast<void*>(out), &full, std::min(full.size, sizeof full));
    return absl::OkStatus();
  });
}

bp_status bp_segment_sweep(bp_segment* segment, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(segment, "segment"));
    segment->arena->Recover();
    return absl::OkStatus();
  });
}

void bp_segment_release(bp_segment* segment) { delete segment; }
