#include "billiard/imap.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "billiard_core/pool/pool.h"
#include "c_api/src/buffer.h"
#include "c_api/src/guard.h"
#include "c_api/src/imap_object.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/pool_object.h"
#include "c_api/src/pool_options.h"
#include "c_api/src/result_object.h"
#include "c_api/src/worker_object.h"

using billiard::Code;
using billiard::CodeOf;
using billiard::Deadline;
using billiard::MakeStatus;
using billiard::c_api::Bytes;
using billiard::c_api::CheckBytes;
using billiard::c_api::CheckTimeout;
using billiard::c_api::ClearOut;
using billiard::c_api::Core;
using billiard::c_api::Feed;
using billiard::c_api::FillBuffer;
using billiard::c_api::Guard;
using billiard::c_api::NotNull;
using billiard::c_api::ReadFailure;
using billiard::c_api::ReadJobOptions;
using billiard::c_api::ReadOptions;
using billiard::c_api::ReportFailure;
using billiard::pool::Failure;
using billiard::pool::JobFailure;
using billiard::pool::PayloadView;
using billiard::pool::Stream;
using billiard::pool::StreamItem;
using billiard::pool::StreamOptions;

namespace {

bp_status Begin(bp_pool* pool, const char* task, const bp_imap_options* options, bool ordered,
                bp_imap_iterator** out, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(pool, "pool"));
    BP_RETURN_IF_ERROR(NotNull(task, "task"));
    bp_imap_options full;
    BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
    StreamOptions read;
    read.ordered = ordered;
    read.chunk_size = std::max<uint64_t>(full.chunk_size, 1);
    read.look_ahead = full.look_ahead;
    BP_RETURN_IF_ERROR(ReadJobOptions(full.job, &read.job));
    absl::StatusOr<std::unique_ptr<Stream>> stream = Core(pool)->OpenStream(task, read);
    BP_RETURN_IF_ERROR(stream.status());
    auto iterator = std::make_unique<bp_imap_iterator>();
    iterator->core = *std::move(stream);
    iterator->feed = full.feed;
    iterator->feed_context = full.feed_context;
    BP_RETURN_IF_ERROR(Feed(iterator.get()));
    *out = iterator.release();
    return absl::OkStatus();
  });
}

}  // namespace

namespace billiard::c_api {

absl::Status Feed(bp_imap_iterator* iterator) {
  if (iterator->feed == nullptr || iterator->feeding.exchange(true)) return absl::OkStatus();
  absl::Status status;
  Stream* stream = iterator->core.get();
  while (status.ok() && stream->Room() > 0) {
    bp_view item = {};
    const int made = iterator->feed(iterator->feed_context, &item);
    if (made == 0) {
      status = stream->End();
    } else if (made < 0) {
      status = stream->FailInput(
          {"FeedError", "the feed function returned " + std::to_string(made), ""});
    } else {
      status = CheckBytes(item.data, item.size);
      if (status.ok()) status = stream->Put(Bytes(item.data, item.size), item.format);
      // An item that can not be put can not be made again: it ends the input, and is told in its turn.
      if (!status.ok())
        status = stream->FailInput({"FeedError", std::string(status.message()), ""});
    }
  }
  iterator->feeding = false;
  return status;
}

}  // namespace billiard::c_api

void bp_imap_options_init(bp_imap_options* options, size_t size) {
  billiard::c_api::InitOptions(options, size);
}

bp_status bp_imap(bp_pool* pool, const char* task, const bp_imap_options* options,
                  bp_imap_iterator** out, bp_error** error) {
  return Begin(pool, task, options, /*ordered=*/true, out, error);
}

bp_status bp_imap_unordered(bp_pool* pool, const char* task, const bp_imap_options* options,
                            bp_imap_iterator** out, bp_error** error) {
  return Begin(pool, task, options, /*ordered=*/false, out, error);
}

uint64_t bp_imap_id(const bp_imap_iterator* iterator) {
  return iterator == nullptr ? BP_NO_JOB : iterator->core->id();
}

uint64_t bp_imap_room(bp_imap_iterator* iterator) {
  return iterator == nullptr ? 0 : iterator->core->Room();
}

bp_status bp_imap_put(bp_imap_iterator* iterator, const void* data, size_t size, uint32_t format,
                      bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(iterator, "iterator"));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    if (iterator->feed != nullptr) {
      return MakeStatus(Code::kState, "iterator: its items come from a feed function");
    }
    return iterator->core->Put(Bytes(data, size), format);
  });
}

bp_status bp_imap_end(bp_imap_iterator* iterator, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(iterator, "iterator"));
    return iterator->core->End();
  });
}

bp_status bp_imap_fail(bp_imap_iterator* iterator, const bp_failure* failure, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(iterator, "iterator"));
    BP_RETURN_IF_ERROR(NotNull(failure, "failure"));
    Failure read;
    BP_RETURN_IF_ERROR(ReadFailure(failure, &read));
    return iterator->core->FailInput(read);
  });
}

bp_status bp_imap_wait(bp_imap_iterator* iterator, int64_t timeout_ns, bp_interrupt* interrupt,
                       bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(NotNull(iterator, "iterator"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    BP_RETURN_IF_ERROR(iterator->core->CheckProcess());
    BP_RETURN_IF_ERROR(Feed(iterator));
    return iterator->core->Wait(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_imap_next(bp_imap_iterator* iterator, int64_t timeout_ns, bp_interrupt* interrupt,
                       bp_buffer* out, uint64_t* index, bp_error** error) {
  bp_status outcome = BP_OK;
  const bp_status status = Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(iterator, "iterator"));
    BP_RETURN_IF_ERROR(CheckTimeout(timeout_ns));
    BP_RETURN_IF_ERROR(iterator->core->CheckProcess());
    BP_RETURN_IF_ERROR(Feed(iterator));
    StreamItem item;
    JobFailure failure;
    BP_RETURN_IF_ERROR(iterator->core->Next(
        Deadline::After(timeout_ns), Core(interrupt),
        [&](const PayloadView& value) {
          return FillBuffer(value.data, value.size, value.format, out);
        },
        &item, &failure));
    if (index != nullptr) *index = item.index;
    if (item.failed) outcome = ReportFailure(std::move(failure), error);
    return absl::OkStatus();
  });
  return status == BP_OK ? outcome : status;
}

void bp_imap_release(bp_imap_iterator* iterator) { delete iterator; }
