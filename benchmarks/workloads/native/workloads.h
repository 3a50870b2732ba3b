// The workloads of benchmarks/README.md in C++, for any engine: the C++ core or the C ABI, which differ in
// nothing else. An engine has Lock, Semaphore, Event, Condition, Queue, Value, Array, Pool and Process, with
// the few functions that are called here.
#ifndef BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_WORKLOADS_H_
#define BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_WORKLOADS_H_

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

namespace billiard::benchmarks {

template <typename Engine>
class Workloads {
 public:
  static int Main(int argc, char** argv) {
    Engine::RegisterNothing();
    Engine::Begin(argc, argv);
    const Arguments arguments(argc, argv,
                              {{"workers", 2},
                               {"bytes", 64},
                               {"in_flight", 256},
                               {"items", 100000},
                               {"producers", 2},
                               {"consumers", 2},
                               {"processes", 2},
                               {"pools", 10},
                               {"rss_mb", 0}});
    const std::map<std::string, std::function<void(const Arguments&)>> all = {
        {"pool", ManyJobs},
        {"apply", Apply},
        {"map", Map},
        {"queue", Queue},
        {"queue_in_place", QueueInPlace},
        {"queue_many", QueueMany},
        {"ping_pong", PingPong},
        {"lock", Alone<typename Engine::Lock>},
        {"semaphore", Alone<typename Engine::Semaphore>},
        {"lock_contended", Contended<typename Engine::Lock>},
        {"semaphore_contended", Contended<typename Engine::Semaphore>},
        {"event", Event},
        {"condition", Condition},
        {"pool_start", PoolStart},
        {"pools", Pools},
        {"kill", Kill},
        {"idle", Idle},
        {"queued", Queued},
        {"floor", Floor},
        {"value_add", ValueAdd},
        {"value_locked_add", ValueLockedAdd},
        {"array_copy", ArrayCopy},
        {"process_fork", [](const Arguments& a) { Process(a, "fork"); }},
        {"process_spawn", [](const Arguments& a) { Process(a, "spawn"); }},
        {"process_forkserver", [](const Arguments& a) { Process(a, "forkserver"); }},
    };
    const auto found = all.find(arguments.workload());
    if (found != all.end()) {
      found->second(arguments);
      return 0;
    }
    fprintf(stderr, "usage: %s WORKLOAD [--name=number]...; the workloads are:", argv[0]);
    for (const auto& [name, run] : all) fprintf(stderr, " %s", name.c_str());
    fprintf(stderr, "\n");
    return 2;
  }

 private:
  static void Say(const Arguments& arguments, const Figures& figures) {
    Report(arguments.workload(), "", figures);
  }

  static void ManyJobs(const Arguments& arguments) {
    typename Engine::Pool pool(arguments.Int("workers"));
    const std::string bytes(arguments.Size("bytes"), 'x');
    const size_t window = arguments.Size("in_flight");
    pool.AwaitReady();
    Say(arguments, Throughput(arguments.seconds(), 1000, [&](uint64_t items) {
          std::deque<typename Engine::Pool::Job> flying;
          for (uint64_t i = 0; i < items; ++i) {
            flying.push_back(pool.Submit("no-op", bytes));
            if (flying.size() < window) continue;
            if (!pool.Await(flying.front())) abort();
            flying.pop_front();
          }
          for (const auto& job : flying) {
            if (!pool.Await(job)) abort();
          }
        }));
  }

  static void Apply(const Arguments& arguments) {
    typename Engine::Pool pool(1);
    const std::string bytes(arguments.Size("bytes"), 'x');
    pool.AwaitReady();
    Say(arguments, Latency(arguments.seconds(), [&] {
          if (!pool.Await(pool.Submit("no-op", bytes))) abort();
        }));
  }

  static void Map(const Arguments& arguments) {
    typename Engine::Pool pool(arguments.Int("workers"));
    const std::vector<int32_t> numbers(arguments.Size("items"), 3);
    const auto sum = static_cast<int64_t>(4 * numbers.size());
    pool.AwaitReady();
    Say(arguments, Latency(arguments.seconds(), [&] {
          if (pool.MapAddOne(numbers) != sum) abort();
        }));
  }

  static void Queue(const Arguments& arguments) {
    const size_t bytes = arguments.Size("bytes");
    typename Engine::Queue queue(bytes > 65536 ? 16 : 1000);
    limit::Child producer([&] {
      const std::string data(bytes, 'x');
      for (;;) queue.Put(data.data(), bytes);
    });
    Say(arguments, Throughput(arguments.seconds(), 100, [&](uint64_t items) {
          for (uint64_t i = 0; i < items; ++i) queue.Get();
        }));
  }

  static void QueueInPlace(const Arguments& arguments) {
    const size_t bytes = arguments.Size("bytes");
    typename Engine::Queue queue(bytes > 65536 ? 16 : 1000);
    limit::Child producer([&] {
      for (;;) queue.PutInPlace(bytes);
    });
    Say(arguments, Throughput(arguments.seconds(), 100, [&](uint64_t items) {
          for (uint64_t i = 0; i < items; ++i) queue.TakeInPlace();
        }));
  }

  // What other processes did, each on a line of its own.
  struct Counts {
    struct alignas(64) Count {
      std::atomic<uint64_t> done;
    };
    void Set(int process, uint64_t done) {
      (*counts)[static_cast<size_t>(process)].done.store(done, std::memory_order_relaxed);
    }
    uint64_t Sum() const {
      uint64_t sum = 0;
      for (const Count& count : *counts) sum += count.done.load(std::memory_order_relaxed);
      return sum;
    }
    limit::Shared<std::array<Count, 16>> counts;
  };

  // `items` steps of all processes, of which this one does its part.
  template <typename Step>
  static void Together(const Counts& counts, uint64_t items, Step step) {
    const uint64_t before = counts.Sum();
    for (uint64_t mine = 0; mine + counts.Sum() - before < items; ++mine) step();
  }

  static void QueueMany(const Arguments& arguments) {
    const size_t bytes = arguments.Size("bytes");
    typename Engine::Queue queue(1000);
    Counts counts;
    std::vector<limit::Child> children;
    for (int i = 0; i < arguments.Int("producers"); ++i) {
      children.emplace_back([&] {
        const std::string data(bytes, 'x');
        for (;;) queue.Put(data.data(), bytes);
      });
    }
    for (int i = 0; i < std::min(arguments.Int("consumers") - 1, 16); ++i) {
      children.emplace_back([&, i] {
        for (uint64_t got = 1;; ++got) {
          queue.Get();
          counts.Set(i, got);
        }
      });
    }
    Say(arguments, Throughput(arguments.seconds(), 100, [&](uint64_t items) {
          Together(counts, items, [&] { queue.Get(); });
        }));
  }

  static void PingPong(const Arguments& arguments) {
    const std::string data(arguments.Size("bytes"), 'x');
    typename Engine::Queue there(10), back(10);
    limit::Child other([&] {
      for (;;) {
        there.Get();
        back.Put(data.data(), data.size());
      }
    });
    Say(arguments, Latency(arguments.seconds(), [&] {
          there.Put(data.data(), data.size());
          back.Get();
        }));
  }

  template <typename Kind>
  static void Alone(const Arguments& arguments) {
    Kind kind;
    kind.Join();
    Say(arguments, Throughput(arguments.seconds(), 1000, [&](uint64_t items) {
          for (uint64_t i = 0; i < items; ++i) {
            kind.Acquire();
            kind.Release();
          }
        }));
  }

  template <typename Kind>
  static void Contended(const Arguments& arguments) {
    Kind kind;
    Counts counts;
    kind.Join();
    std::vector<limit::Child> children;
    for (int i = 0; i < std::min(arguments.Int("processes") - 1, 16); ++i) {
      children.emplace_back([&, i] {
        kind.Join();
        for (uint64_t pairs = 1;; ++pairs) {
          kind.Acquire();
          kind.Release();
          counts.Set(i, pairs);
        }
      });
    }
    Say(arguments, Throughput(arguments.seconds(), 1000, [&](uint64_t items) {
          Together(counts, items, [&] {
            kind.Acquire();
            kind.Release();
          });
        }));
  }

  static void Event(const Arguments& arguments) {
    typename Engine::Event there, back;
    limit::Child other([&] {
      for (;;) {
        there.Wait();
        there.Clear();
        back.Set();
      }
    });
    Say(arguments, Latency(arguments.seconds(), [&] {
          there.Set();
          back.Wait();
          back.Clear();
        }));
  }

  static void Condition(const Arguments& arguments) {
    typename Engine::Condition condition;
    limit::Shared<bool> theirs;  // guarded by the condition's lock
    const auto hand_over = [&](bool to) {
      condition.Acquire();
      while (*theirs == to) condition.Wait();
      *theirs = to;
      condition.Notify();
      condition.Release();
    };
    condition.Join();
    limit::Child other([&] {
      condition.Join();
      for (;;) hand_over(false);
    });
    Say(arguments, Latency(arguments.seconds(), [&] {
          hand_over(true);
          condition.Acquire();
          while (*theirs) condition.Wait();
          condition.Release();
        }));
  }

  static void PoolStart(const Arguments& arguments) {
    const limit::Ballast ballast(arguments.Size("rss_mb"));
    std::vector<double> starts, ends;
    const int64_t end = NowNs() + static_cast<int64_t>(arguments.seconds() * 1e9);
    do {
      const int64_t begin = NowNs();
      typename Engine::Pool pool(arguments.Int("workers"));
      if (!pool.Await(pool.Submit("no-op", ""))) abort();
      const int64_t first = NowNs();
      pool.End();
      starts.push_back(static_cast<double>(first - begin));
      ends.push_back(static_cast<double>(NowNs() - first));
    } while (NowNs() < end || starts.size() < 5);
    Report("pool_start", "start", OfSamples(starts));
    Report("pool_start", "end", OfSamples(ends));
  }

  // Many pools at once, of one worker each; an item is one of them.
  static void Pools(const Arguments& arguments) {
    const int64_t begin = NowNs();
    std::vector<std::unique_ptr<typename Engine::Pool>> pools;
    for (int i = 0; i < arguments.Int("pools"); ++i) {
      pools.push_back(std::make_unique<typename Engine::Pool>(1));
    }
    for (const auto& pool : pools) {
      if (!pool->Await(pool->Submit("no-op", ""))) abort();
    }
    for (const auto& pool : pools) pool->End();
    const uint64_t count = pools.size();
    pools.clear();
    Say(arguments, {static_cast<double>(NowNs() - begin) / static_cast<double>(count), -1, count});
  }

  // Tells that it stands still, and does so until its standard input ends (benchmarks/driver/held.py looks
  // at it meanwhile).
  static void StandStill(const Arguments& arguments, const std::vector<int>& workers) {
    printf("{\"name\": \"%s\", \"state\": \"ready\", \"workers\": [", arguments.workload().c_str());
    for (size_t i = 0; i < workers.size(); ++i) printf("%s%d", i == 0 ? "" : ", ", workers[i]);
    printf("]}\n");
    fflush(stdout);
    while (getchar() != EOF) {
    }
  }

  // A pool that has run a job in each worker, and has nothing to do.
  static void Idle(const Arguments& arguments) {
    typename Engine::Pool pool(arguments.Int("workers"));
    pool.AwaitReady();
    if (!pool.Await(pool.Submit("no-op", ""))) abort();
    StandStill(arguments, pool.Workers());
  }

  // So many jobs that wait for a worker.
  static void Queued(const Arguments& arguments) {
    Engine::RegisterTask("hang", [] {
      for (;;) pause();
      return 0;
    });
    typename Engine::Pool pool(1);
    const std::string bytes(arguments.Size("bytes"), 'x');
    std::vector<typename Engine::Pool::Job> jobs;
    jobs.push_back(pool.Submit("hang", ""));
    while (pool.WorkerOf(jobs[0]) == 0) sched_yield();
    for (int i = 0; i < arguments.Int("items"); ++i) jobs.push_back(pool.Submit("no-op", bytes));
    StandStill(arguments, pool.Workers());
  }

  // A forked process that does nothing.
  static void Floor(const Arguments& arguments) {
    limit::Child child([] {
      for (;;) pause();
    });
    StandStill(arguments, {child.pid()});
  }

  // From SIGKILL to a worker in mid-job until its job is known to have failed, and until a job that may be
  // retried has been run by another worker.
  static void Kill(const Arguments& arguments) {
    limit::Shared<limit::Word> runs;
    Engine::RegisterTask("hang", [] {
      for (;;) limit::Pause();
      return 0;
    });
    Engine::RegisterTask("hang_once", [&runs] {
      if (runs->fetch_add(1) == 0) {
        for (;;) limit::Pause();
      }
      return 0;
    });
    typename Engine::Pool pool(arguments.Int("workers"));
    pool.AwaitReady();
    std::vector<double> failed, rerun;
    const auto kill_worker_of = [&](const typename Engine::Pool::Job& job) {
      while (pool.WorkerOf(job) == 0) sched_yield();
      const int64_t begin = NowNs();
      kill(pool.WorkerOf(job), SIGKILL);
      return begin;
    };
    const int64_t end = NowNs() + static_cast<int64_t>(arguments.seconds() * 1e9);
    do {
      const auto lost = pool.Submit("hang", "");
      const int64_t first = kill_worker_of(lost);
      if (pool.Await(lost)) abort();
      failed.push_back(static_cast<double>(NowNs() - first));
      runs->store(0);
      const auto again = pool.Submit("hang_once", "", 1);
      while (runs->load() == 0) sched_yield();
      const int64_t second = kill_worker_of(again);
      if (!pool.Await(again)) abort();
      rerun.push_back(static_cast<double>(NowNs() - second));
    } while (NowNs() < end || failed.size() < 10);
    Report("kill", "failed", OfSamples(failed));
    Report("kill", "rerun", OfSamples(rerun));
  }

  static void ValueAdd(const Arguments& arguments) {
    typename Engine::Value value;
    Say(arguments, Throughput(arguments.seconds(), 1000, [&](uint64_t items) {
          for (uint64_t i = 0; i < items; ++i) value.Add();
        }));
  }

  static void ValueLockedAdd(const Arguments& arguments) {
    typename Engine::Value value;
    Say(arguments, Throughput(arguments.seconds(), 1000, [&](uint64_t items) {
          for (uint64_t i = 0; i < items; ++i) value.AddUnderLock();
        }));
  }

  static void ArrayCopy(const Arguments& arguments) {
    const std::string data(arguments.Size("bytes") / 8 * 8, 'x');
    typename Engine::Array array(data.size());
    Say(arguments, Throughput(arguments.seconds(), 10, [&](uint64_t items) {
          for (uint64_t i = 0; i < items; ++i) array.Write(data);
        }));
  }

  static void Process(const Arguments& arguments, const char* method) {
    typename Engine::Process process(method);
    process.StartAndJoin();  // where there is a server, it is made before there is ballast
    const limit::Ballast ballast(arguments.Size("rss_mb"));
    Say(arguments, Latency(arguments.seconds(), [&] { process.StartAndJoin(); }));
  }
};

}  // namespace billiard::benchmarks

#endif  // BILLIARD_BENCHMARKS_WORKLOADS_NATIVE_WORKLOADS_H_
