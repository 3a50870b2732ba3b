// The C ABI, through libbilliard.so, as an engine of the workloads (workloads.h says what an engine has).
// Whatever fails ends the program: a number of half a measurement is none.
#ifndef BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_C_ENGINE_H_
#define BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_C_ENGINE_H_

#include <billiard/bp.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace billiard::benchmarks {

inline void Check(bp_status status) {
  if (status >= BP_OK) return;
  fprintf(stderr, "%s\n", bp_status_text(status));
  exit(1);
}

struct CEngine {
  static void Begin(int argc, char** argv) { bp_freeze_support(argc, argv); }

  class Lock {
   public:
    Lock() { Check(bp_lock_create(nullptr, &lock_, nullptr)); }
    ~Lock() { bp_lock_release(lock_); }
    void Join() {}
    void Acquire() { Check(bp_lock_acquire(lock_, BP_FOREVER, nullptr, nullptr)); }
    void Release() { Check(bp_lock_unlock(lock_, nullptr)); }

   private:
    bp_lock* lock_ = nullptr;
  };

  class Semaphore {
   public:
    Semaphore() { Check(bp_bounded_semaphore_create(1, nullptr, &semaphore_, nullptr)); }
    ~Semaphore() { bp_semaphore_release(semaphore_); }
    void Join() {}
    void Acquire() { Check(bp_semaphore_acquire(semaphore_, BP_FOREVER, nullptr, nullptr)); }
    void Release() { Check(bp_semaphore_post(semaphore_, 1, nullptr)); }

   private:
    bp_semaphore* semaphore_ = nullptr;
  };

  class Event {
   public:
    Event() { Check(bp_event_create(nullptr, &event_, nullptr)); }
    ~Event() { bp_event_release(event_); }
    void Set() { Check(bp_event_set(event_, nullptr)); }
    void Clear() { Check(bp_event_clear(event_, nullptr)); }
    void Wait() { Check(bp_event_wait(event_, BP_FOREVER, nullptr, nullptr)); }

   private:
    bp_event* event_ = nullptr;
  };

  class Condition {
   public:
    Condition() { Check(bp_condition_create(nullptr, &condition_, nullptr)); }
    ~Condition() { bp_condition_release(condition_); }
    void Join() {}
    void Acquire() { Check(bp_condition_acquire(condition_, 1, BP_FOREVER, nullptr, nullptr)); }
    void Release() { Check(bp_condition_unlock(condition_, 1, nullptr)); }
    void Wait() {
      int32_t died = 0;
      Check(bp_condition_wait(condition_, 1, BP_FOREVER, nullptr, &died, nullptr));
    }
    void Notify() { Check(bp_condition_notify(condition_, 1, 1, nullptr)); }

   private:
    bp_condition* condition_ = nullptr;
  };

  class Queue {
   public:
    explicit Queue(uint32_t capacity) {
      bp_queue_options options;
      bp_queue_options_init(&options, sizeof options);
      options.capacity = capacity;
      Check(bp_queue_create(&options, &queue_, nullptr));
    }
    ~Queue() { bp_queue_release(queue_); }
    void Put(const void* data, size_t size) {
      Check(bp_queue_put(queue_, data, size, BP_FORMAT_RAW, BP_FOREVER, nullptr, nullptr));
    }
    void Get() {
      bp_buffer buffer = {};
      Check(bp_queue_get(queue_, BP_FOREVER, nullptr, &buffer, nullptr));
      bp_buffer_free(&buffer);
    }
    void PutInPlace(size_t size) {
      bp_reservation* reservation = nullptr;
      void* data = nullptr;
      Check(bp_queue_reserve(queue_, size, &reservation, &data, nullptr));
      Check(bp_queue_commit(reservation, size, BP_FORMAT_RAW, BP_FOREVER, nullptr, nullptr));
      bp_reservation_release(reservation);
    }
    void TakeInPlace() {
      bp_message* message = nullptr;
      Check(bp_queue_take(queue_, BP_FOREVER, nullptr, &message, nullptr));
      Check(bp_message_ack(message, nullptr));
      bp_message_release(message);
    }

   private:
    bp_queue* queue_ = nullptr;
  };

  class Value {
   public:
    Value() { Check(bp_value_create("q", nullptr, 0, nullptr, &value_, nullptr)); }
    ~Value() { bp_value_release(value_); }
    void Add() {
      int64_t before;
      Check(bp_value_fetch_add(value_, 0, 1, &before, nullptr));
    }
    void AddUnderLock() {
      int64_t number;
      Check(bp_value_acquire(value_, 1, BP_FOREVER, nullptr, nullptr));
      Check(bp_value_get_int(value_, 0, &number, nullptr));
      Check(bp_value_set_int(value_, 0, number + 1, nullptr));
      Check(bp_value_unlock(value_, 1, nullptr));
    }

   private:
    bp_value* value_ = nullptr;
  };

  class Array {
   public:
    explicit Array(size_t bytes) {
      Check(bp_array_create("d", static_cast<int64_t>(bytes / sizeof(double)), nullptr, 0, nullptr,
                            &array_, nullptr));
    }
    ~Array() { bp_array_release(array_); }
    void Write(const std::string& data) {
      Check(bp_array_write(array_, 0, data.data(), data.size(), nullptr));
    }

   private:
    bp_array* array_ = nullptr;
  };

  static int NoOp(bp_job*, void*) { return 0; }
  static int AddOne(bp_job* job, void*) {
    int32_t number;
    memcpy(&number, bp_job_payload(job).data, sizeof number);
    ++number;
    return bp_job_reply(job, &number, sizeof number, BP_FORMAT_RAW, nullptr) != BP_OK;
  }
  static int RunBody(bp_job*, void* body) { return (*static_cast<std::function<int()>*>(body))(); }
  template <typename Body>
  static void RegisterTask(const char* name, Body body) {
    Check(bp_task_register(name, RunBody, new std::function<int()>(body), nullptr));
  }

  class Pool {
   public:
    struct Releaser {
      void operator()(bp_result* result) const { bp_result_release(result); }
    };
    using Job = std::unique_ptr<bp_result, Releaser>;

    explicit Pool(int workers) {
      Check(bp_task_register("no-op", NoOp, nullptr, nullptr), BP_EXISTS);
      Check(bp_task_register("add_one", AddOne, nullptr, nullptr), BP_EXISTS);
      bp_pool_options options;
      bp_pool_options_init(&options, sizeof options);
      options.workers = workers;
      Check(bp_pool_create(&options, &pool_, nullptr), BP_OK);
    }
    ~Pool() { bp_pool_release(pool_); }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    void AwaitReady() { Check(bp_pool_wait_ready(pool_, BP_FOREVER, nullptr, nullptr), BP_OK); }
    Job Submit(const char* task, const std::string& bytes, uint32_t retries = 0) {
      bp_result* result = nullptr;
      bp_job_options options;
      if (retries > 0) {
        bp_job_options_init(&options, sizeof options);
        options.max_retries = static_cast<int32_t>(retries);
      }
      Check(bp_apply_async(pool_, task, bytes.data(), bytes.size(),
                           retries > 0 ? &options : nullptr, &result, nullptr),
            BP_OK);
      return Job(result);
    }
    static bool Await(const Job& job) {
      bp_view view;
      return bp_result_get(job.get(), BP_FOREVER, nullptr, &view, nullptr) == BP_OK;
    }
    static int32_t WorkerOf(const Job& job) { return bp_result_pid(job.get()); }
    int64_t MapAddOne(const std::vector<int32_t>& numbers) {
      std::vector<bp_view> items;
      items.reserve(numbers.size());
      for (const int32_t& number : numbers) {
        items.push_back({&number, sizeof number, BP_FORMAT_RAW});
      }
      bp_map_result* map = nullptr;
      Check(bp_map(pool_, "add_one", items.data(), items.size(), nullptr, BP_FOREVER, nullptr, &map,
                   nullptr),
            BP_OK);
      int64_t sum = 0;
      for (size_t i = 0; i < items.size(); ++i) {
        bp_view view;
        int32_t number;
        Check(bp_map_result_item(map, i, &view, nullptr), BP_OK);
        memcpy(&number, view.data, sizeof number);
        sum += number;
      }
      bp_map_result_release(map);
      return sum;
    }
    std::vector<int> Workers() {
      std::vector<bp_worker_info> workers(64);
      size_t count = 0;
      Check(bp_pool_get_workers(pool_, workers.data(), workers.size(), sizeof workers[0], &count,
                                nullptr),
            BP_OK);
      std::vector<int> pids;
      for (size_t i = 0; i < count && i < workers.size(); ++i) {
        if (workers[i].pid != 0) pids.push_back(workers[i].pid);
      }
      return pids;
    }
    void End() {
      Check(bp_pool_close(pool_, nullptr), BP_OK);
      Check(bp_pool_join(pool_, BP_FOREVER, nullptr, nullptr), BP_OK);
    }

   private:
    static void Check(bp_status status, bp_status also_good) {
      if (status != also_good) benchmarks::Check(status);
    }
    bp_pool* pool_ = nullptr;
  };

  class Process {
   public:
    explicit Process(const std::string& method) {
      Check(bp_context_get(method.c_str(), &context_, nullptr));
    }
    void StartAndJoin() {
      bp_process_options options;
      bp_process_options_init(&options, sizeof options);
      options.context = context_;
      options.entry = "nothing";
      bp_process* process = nullptr;
      Check(bp_process_create(&options, &process, nullptr));
      Check(bp_process_start(process, nullptr));
      Check(bp_process_join(process, BP_FOREVER, nullptr, nullptr));
      bp_process_release(process);
    }

   private:
    const bp_context* context_ = nullptr;
  };

  static int32_t Nothing(const void*, size_t, void*) { return 0; }
  static void RegisterNothing() { Check(bp_entry_register("nothing", Nothing, nullptr, nullptr)); }
};

}  // namespace billiard::benchmarks

#endif  // BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_C_ENGINE_H_
