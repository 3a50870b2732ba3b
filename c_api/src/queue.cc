// Shims of queue.h.
#include "billiard/queue.h"

#include <memory>
#include <utility>
#include <vector>

#include "billiard_core/os/shared_file.h"
#include "billiard_core/queue/named_queue.h"
#include "billiard_core/queue/queue.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"
#include "c_api/src/queue_object.h"

namespace core = billiard::queue;

namespace billiard::c_api {
namespace {

absl::Status ReadQueueOptions(const bp_queue_options* options, core::QueueOptions* read) {
  bp_queue_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  read->capacity = full.capacity;
  read->max_message = full.max_message;
  read->max_bytes = full.max_bytes;
  if (full.delivery > BP_AT_LEAST_ONCE) {
    return MakeStatus(Code::kInvalid, "options.delivery: is none");
  }
  read->delivery = static_cast<core::Delivery>(full.delivery);
  if (full.joinable > 1) return MakeStatus(Code::kInvalid, "options.joinable: must be 0 or 1");
  read->joinable = full.joinable == 1;
  return absl::OkStatus();
}

absl::Status ReadMessages(const bp_view* messages, size_t count,
                          std::vector<core::Outgoing>* read) {
  if (count > 0) BP_RETURN_IF_ERROR(NotNull(messages, "messages"));
  read->reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (messages[i].size > 0) BP_RETURN_IF_ERROR(NotNull(messages[i].data, "messages"));
    read->push_back({Bytes(messages[i].data, messages[i].size), messages[i].format});
  }
  return absl::OkStatus();
}

void MoveTo(core::Message* message, bp_buffer* out) {
  out->size = message->size();
  out->format = message->format();
  out->data = message->Release();
}

}  // namespace
}  // namespace billiard::c_api

using billiard::Code;
using billiard::Deadline;
using billiard::MakeStatus;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

void bp_queue_options_init(bp_queue_options* options, size_t size) { InitOptions(options, size); }

bp_status bp_queue_create(const bp_queue_options* options, bp_queue** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    core::QueueOptions read;
    BP_RETURN_IF_ERROR(ReadQueueOptions(options, &read));
    auto queue = core::Queue::Create(read);
    if (!queue.ok()) return queue.status();
    *out = new bp_queue{std::move(*queue)};
    return absl::OkStatus();
  });
}

bp_status bp_queue_open(const char* name, const bp_queue_options* options, bp_queue** out,
                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(NotNull(name, "name"));
    core::QueueOptions read;
    BP_RETURN_IF_ERROR(ReadQueueOptions(options, &read));
    auto queue = core::NamedQueue::Open(name, read);
    if (!queue.ok()) return queue.status();
    // The pointer to the queue in it keeps the whole.
    const std::shared_ptr<core::NamedQueue> named = std::move(*queue);
    *out = new bp_queue{std::shared_ptr<core::Queue>(named, named->queue()), true};
    return absl::OkStatus();
  });
}

int bp_queue_segment_fd(const bp_queue* queue) {
  return queue == nullptr || queue->named ? -1 : queue->core->segment().fd();
}

bp_status bp_queue_attach_fd(int fd, bp_queue** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    absl::StatusOr<billiard::os::Fd> own = billiard::os::DuplicateFd(fd);
    if (!own.ok()) return MakeStatus(Code::kInvalid, "fd: is no open descriptor");
    auto queue = core::Queue::OpenFile(*std::move(own));
    if (!queue.ok()) return queue.status();
    *out = new bp_queue{std::move(*queue)};
    return absl::OkStatus();
  });
}

bp_status bp_queue_put(bp_queue* queue, const void* data, size_t size, uint32_t format,
                       int64_t timeout_ns, bp_interrupt* interrupt, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    BP_RETURN_IF_ERROR(CheckBytes(data, size));
    return queue->queue()->Put(Bytes(data, size), format, Deadline::After(timeout_ns),
                               Core(interrupt));
  });
}

bp_status bp_queue_get(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt, bp_buffer* out,
                       bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(ClearOut(out));
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    core::Message message;
    BP_RETURN_IF_ERROR(queue->queue()->Get(Deadline::After(timeout_ns), Core(interrupt), &message));
    MoveTo(&message, out);
    return absl::OkStatus();
  });
}

bp_status bp_queue_put_batch(bp_queue* queue, const bp_view* messages, size_t count,
                             int64_t timeout_ns, bp_interrupt* interrupt, size_t* done,
                             bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(done, "done"));
    *done = 0;
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    std::vector<core::Outgoing> read;
    BP_RETURN_IF_ERROR(ReadMessages(messages, count, &read));
    return queue->queue()->PutBatch(read.data(), count, Deadline::After(timeout_ns),
                                    Core(interrupt), done);
  });
}

bp_status bp_queue_get_batch(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                             bp_buffer* out, size_t capacity, size_t* count, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(count, "count"));
    *count = 0;
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    BP_RETURN_IF_ERROR(NotNull(out, "out"));
    if (capacity == 0) return MakeStatus(Code::kInvalid, "capacity: is 0");
    return queue->queue()->GetBatch(
        capacity, Deadline::After(timeout_ns), Core(interrupt),
        [&](core::Message* message) { MoveTo(message, &out[(*count)++]); });
  });
}

bp_status bp_queue_wait_get(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    return queue->queue()->WaitGet(Deadline::After(timeout_ns), Core(interrupt));
  });
}

bp_status bp_queue_wait_put(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                            bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    return queue->queue()->WaitPut(Deadline::After(timeout_ns), Core(interrupt));
  });
}

uint64_t bp_queue_size(const bp_queue* queue) {
  return queue == nullptr ? 0 : queue->queue()->Size();
}

uint64_t bp_queue_capacity(const bp_queue* queue) {
  return queue == nullptr ? 0 : queue->queue()->capacity();
}

uint64_t bp_queue_lost(const bp_queue* queue) {
  return queue == nullptr ? 0 : queue->queue()->Lost();
}

void bp_queue_close(bp_queue* queue) {
  if (queue != nullptr) queue->queue()->Close();
}

uint32_t bp_queue_delivery(const bp_queue* queue) {
  return queue == nullptr ? 0 : static_cast<uint32_t>(queue->queue()->delivery());
}

int bp_queue_joinable(const bp_queue* queue) {
  return queue != nullptr && queue->queue()->joinable() ? 1 : 0;
}

bp_status bp_queue_task_done(bp_queue* queue, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(queue, "queue"));
    return queue->queue()->TaskDone();
  });
}

bp_status bp_queue_join(bp_queue* queue, int64_t timeout_ns, bp_interrupt* interrupt,
                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    return queue->queue()->AwaitFinished(Deadline::After(timeout_ns), Core(interrupt));
  });
}

uint64_t bp_queue_unfinished(const bp_queue* queue) {
  return queue == nullptr ? 0 : queue->queue()->Unfinished();
}

uint64_t bp_queue_held_by_dead(const bp_queue* queue) {
  return queue == nullptr ? 0 : queue->queue()->CountHeldByDead();
}

bp_status bp_queue_fd(bp_queue* queue, int* fd, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(fd, "fd"));
    *fd = -1;
    BP_RETURN_IF_ERROR(NotNull(queue, "queue"));
    const absl::StatusOr<int> ready = queue->queue()->ReadyFd();
    if (!ready.ok()) return ready.status();
    *fd = *ready;
    return absl::OkStatus();
  });
}

void bp_queue_close_fd(bp_queue* queue) {
  if (queue != nullptr) queue->queue()->CloseReadyFd();
}

bp_status bp_queue_close_all(bp_queue* queue, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(queue, "queue"));
    queue->queue()->CloseAll();
    return absl::OkStatus();
  });
}

void bp_queue_release(bp_queue* queue) {
  if (queue == nullptr) return;
  // Messages and reservations may keep the queue itself.
  queue->queue()->Close();
  queue->queue()->CloseReadyFd();
  delete queue;
}
