// The C++ core as an engine of the workloads (workloads.h says what an engine has). Whatever fails ends the
// program: a number of half a measurement is none.
#ifndef BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_CORE_ENGINE_H_
#define BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_CORE_ENGINE_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/pool/pool.h"
#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/worker.h"
#include "billiard_core/process/child/freeze_support.h"
#include "billiard_core/process/child/process.h"
#include "billiard_core/queue/queue.h"
#include "billiard_core/shared_memory/element_type.h"
#include "billiard_core/shared_memory/elements.h"
#include "billiard_core/sync/condition.h"
#include "billiard_core/sync/event.h"
#include "billiard_core/sync/lock.h"
#include "billiard_core/sync/rlock.h"
#include "billiard_core/sync/semaphore.h"
#include "tests/core/sync/sync_memory.h"
#include "tests/support/child/child.h"

namespace billiard::benchmarks {

inline void Check(const absl::Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "%s\n", status.ToString().c_str());
  exit(1);
}
template <typename T>
T Check(absl::StatusOr<T> made) {
  Check(made.status());
  return *std::move(made);
}

struct CoreEngine {
  static constexpr Deadline kForever = Deadline::Forever();

  static void Begin(int argc, char** argv) { process::FreezeSupport(argc, argv); }
  static int32_t Nothing(const void*, size_t, void*) { return 0; }
  static void RegisterNothing() { Check(process::RegisterEntry("nothing", {Nothing, nullptr})); }

  class Lock {
   public:
    void Join() { Check(memory_.Join() ? absl::OkStatus() : absl::InternalError("no place")); }
    void Acquire() {
      if (!lock_.Acquire(kForever).ok()) abort();
    }
    void Release() {
      if (!lock_.Release().ok()) abort();
    }

   private:
    sync::SyncMemory memory_;
    sync::Lock lock_{memory_.context(), memory_.New<sync::Lock::State>()};
  };

  class Semaphore {
   public:
    void Join() {}
    void Acquire() {
      if (!semaphore_.Acquire(kForever).ok()) abort();
    }
    void Release() {
      if (!semaphore_.Release(1).ok()) abort();
    }

   private:
    static sync::BoundedSemaphore Make(const sync::SyncMemory& memory,
                                       sync::BoundedSemaphore::State* state) {
      Check(sync::BoundedSemaphore::Init(state, 1));
      return sync::BoundedSemaphore(memory.context(), state);
    }
    sync::SyncMemory memory_;
    sync::BoundedSemaphore semaphore_ = Make(memory_, memory_.New<sync::BoundedSemaphore::State>());
  };

  class Event {
   public:
    void Set() { event_.Set(); }
    void Clear() { event_.Clear(); }
    void Wait() { Check(event_.Wait(kForever)); }

   private:
    sync::SyncMemory memory_;
    sync::Event event_{memory_.New<sync::Event::State>()};
  };

  class Condition {
   public:
    Condition() { sync::Condition::Init(memory_.context(), state_); }
    void Join() { Check(memory_.Join() ? absl::OkStatus() : absl::InternalError("no place")); }
    void Acquire() { Check(lock_.Acquire(kForever).status()); }
    void Release() { Check(lock_.Release()); }
    void Wait() { Check(condition_.Wait(0, kForever).status()); }
    void Notify() { Check(condition_.Notify(0).status()); }

   private:
    sync::SyncMemory memory_;
    sync::Lock lock_{memory_.context(), memory_.New<sync::Lock::State>()};
    sync::Condition::State* const state_ = memory_.New<sync::Condition::State>();
    sync::Condition condition_{memory_.context(), state_, &lock_};
  };

  class Queue {
   public:
    explicit Queue(uint32_t capacity)
        : queue_(Check(queue::Queue::Create({.capacity = capacity}))) {}
    void Put(const void* data, size_t size) {
      Check(queue_->Put({static_cast<const char*>(data), size}, 0, kForever, nullptr));
    }
    void Get() { Check(queue_->Get(kForever, nullptr, &message_)); }
    void PutInPlace(size_t size) {
      Check(queue_->Commit(Check(queue_->Reserve(size)), size, 0, kForever, nullptr));
    }
    void TakeInPlace() {
      queue::Taken taken;
      Check(queue_->Take(kForever, nullptr, &taken));
      Check(queue_->Acknowledge(taken));
    }

   private:
    const std::unique_ptr<queue::Queue> queue_;
    queue::Message message_;
  };

  // A number with a lock, as bp_value_create makes one.
  class Value {
   public:
    Value() { Check(memory_.Join() ? absl::OkStatus() : absl::InternalError("no place")); }
    void Add() {
      if (!elements_.FetchAdd(0, 0, 1).ok()) abort();
    }
    void AddUnderLock() {
      if (!lock_.Acquire(1, kForever).ok()) abort();
      if (!elements_.SetInt(0, 0, *elements_.GetInt(0, 0) + 1).ok()) abort();
      if (!lock_.Release(1).ok()) abort();
    }

   private:
    sync::SyncMemory memory_;
    sync::RLock lock_{memory_.context(), memory_.New<sync::RLock::State>()};
    shared_memory::ElementType type_ = Check(shared_memory::ElementType::Parse("q"));
    shared_memory::Elements elements_{&type_, reinterpret_cast<std::byte*>(memory_.New<int64_t>()),
                                      1, shared_memory::Overflow::kRefuse};
  };

  class Array {
   public:
    explicit Array(size_t bytes)
        : memory_(static_cast<std::byte*>(testing::MapShared(bytes))),
          elements_(&type_, memory_, bytes / type_.bytes(), shared_memory::Overflow::kRefuse) {}
    void Write(const std::string& data) {
      if (!elements_.Write(0, data).ok()) abort();
    }

   private:
    shared_memory::ElementType type_ = Check(shared_memory::ElementType::Parse("d"));
    std::byte* const memory_;
    shared_memory::Elements elements_;
  };

  // Does nothing, and answers nothing.
  static int NoOp(pool::Job&) { return 0; }
  static int AddOne(pool::Job& job) {
    const auto argument = job.argument();
    int32_t number = 0;
    memcpy(&number, argument.data, sizeof number);
    ++number;
    return job.Reply({reinterpret_cast<const char*>(&number), sizeof number}, 0).ok() ? 0 : 1;
  }
  template <typename Body>
  static void RegisterTask(const char* name, Body body) {
    Check(
        pool::TaskRegistry::OfProcess().Register(name, [body](pool::Job&) { return body(); }, {}));
  }

  class Pool {
   public:
    using Job = std::unique_ptr<pool::Result>;

    explicit Pool(int workers) {
      auto& tasks = pool::TaskRegistry::OfProcess();
      if (!tasks.Find("no-op")) Check(tasks.Register("no-op", NoOp, {}));
      if (!tasks.Find("add_one")) Check(tasks.Register("add_one", AddOne, {}));
      pool::PoolOptions options;
      options.groups.resize(1);
      options.groups[0].workers = workers;
      pool_ = Check(pool::Pool::Create(std::move(options)));
    }
    void AwaitReady() { Check(pool_->WaitReady(kForever, nullptr)); }
    Job Submit(const char* task, const std::string& bytes, uint32_t retries = 0) {
      pool::JobOptions options;
      options.max_retries = retries;
      return Check(pool_->Submit(task, bytes, options));
    }
    // False: it failed.
    static bool Await(const Job& job) {
      pool::JobFailure failure;
      Check(job->Wait(kForever, nullptr));
      return job->Value(&failure).has_value();
    }
    static int32_t WorkerOf(const Job& job) { return job->pid(); }
    // The sum of the values, so that each is looked at.
    int64_t MapAddOne(const std::vector<int32_t>& numbers) {
      std::vector<pool::MapItem> items;
      items.reserve(numbers.size());
      for (const int32_t& number : numbers) {
        items.push_back({{reinterpret_cast<const char*>(&number), sizeof number}, 0});
      }
      const auto map = Check(pool_->MapAsync("add_one", items, {}));
      Check(map->Wait(kForever, nullptr));
      pool::JobFailure failure;
      if (!map->Succeeded(&failure)) abort();
      int64_t sum = 0;
      for (uint64_t i = 0; i < map->count(); ++i) {
        int32_t number;
        memcpy(&number, map->Item(i).data, sizeof number);
        sum += number;
      }
      return sum;
    }
    std::vector<int> Workers() {
      std::vector<int> pids;
      for (const pool::WorkerInfo& worker : Check(pool_->Workers())) {
        if (worker.pid != 0) pids.push_back(worker.pid);
      }
      return pids;
    }
    void End() {
      Check(pool_->Close());
      Check(pool_->Join(kForever, nullptr));
    }

   private:
    std::unique_ptr<pool::Pool> pool_;
  };

  // Starts and joins a process that does nothing.
  class Process {
   public:
    explicit Process(const std::string& method) : method_(Check(process::MethodNamed(method))) {}
    void StartAndJoin() {
      process::ProcessOptions options;
      options.method = method_;
      options.entry = "nothing";
      const auto process = Check(process::Process::Create(std::move(options)));
      Check(process->Start());
      Check(process->Join(kForever, nullptr));
    }

   private:
    const process::StartMethod method_;
  };
};

}  // namespace billiard::benchmarks

#endif  // BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_CORE_ENGINE_H_
