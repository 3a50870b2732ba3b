// Shims of queue.h.
#include "billiard/queue.h"

#include <memory>
#include <utility>

#include "billiard_core/queue/named_queue.h"
#include "billiard_core/queue/queue.h"
#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"

namespace core = billiard::queue;

struct bp_queue {
  std::unique_ptr<core::Queue> anonymous;  // one of the two
  std::unique_ptr<core::NamedQueue> named;
  core::Queue* queue() const { return named != nullptr ? named->queue() : anonymous.get(); }
};

namespace billiard::c_api {
namespace {

absl::Status ReadQueueOptions(const bp_queue_options* options, core::QueueOptions* read) {
  bp_queue_options full;
  BP_RETURN_IF_ERROR(ReadOptions(options, &full, "options"));
  read->capacity = full.capacity;
  read->max_message = full.max_message;
  read->max_bytes = full.max_bytes;
  return absl::OkStatus();
}

absl::Status CheckWait(const bp_queue* queue, int64_t timeout_ns) {
  BP_RETURN_IF_ERROR(NotNull(queue, "queue"));
  return CheckTimeout(timeout_ns);
}

}  // namespace
}  // namespace billiard::c_api

using billiard::Deadline;
using namespace billiard::c_api;  // NOLINT: this file is the C side of that namespace

void bp_queue_options_init(bp_queue_options* options, size_t size) { InitOptions(options, size); }

bp_status bp_queue_create(const bp_queue_options* options, bp_queue** out, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(out, "out"));
    *out = nullptr;
    core::QueueOptions read;
    BP_RETURN_IF_ERROR(ReadQueueOptions(options, &read));
    auto queue = core::Queue::Create(read);
    if (!queue.ok()) return queue.status();
    *out = new bp_queue{*std::move(queue), nullptr};
    return absl::OkStatus();
  });
}

bp_status bp_queue_open(const char* name, const bp_queue_options* options, bp_queue** out,
                        bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(out, "out"));
    *out = nullptr;
    BP_RETURN_IF_ERROR(NotNull(name, "name"));
    core::QueueOptions read;
    BP_RETURN_IF_ERROR(ReadQueueOptions(options, &read));
    auto queue = core::NamedQueue::Open(name, read);
    if (!queue.ok()) return queue.status();
    *out = new bp_queue{nullptr, *std::move(queue)};
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
    BP_RETURN_IF_ERROR(CheckWait(queue, timeout_ns));
    BP_RETURN_IF_ERROR(NotNull(out, "out"));
    *out = bp_buffer{};
    core::Message message;
    BP_RETURN_IF_ERROR(queue->queue()->Get(Deadline::After(timeout_ns), Core(interrupt), &message));
    out->size = message.size();
    out->format = message.format();
    out->data = message.Release();
    return absl::OkStatus();
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

bp_status bp_queue_close_all(bp_queue* queue, bp_error** error) {
  return Guard(error, [&]() -> absl::Status {
    BP_RETURN_IF_ERROR(NotNull(queue, "queue"));
    queue->queue()->CloseAll();
    return absl::OkStatus();
  });
}

void bp_queue_release(bp_queue* queue) { delete queue; }
