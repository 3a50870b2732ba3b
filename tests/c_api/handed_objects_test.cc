// Every kind of shared object in the hands of a process that was started by fork, spawn or fork server
// (G-CTX-1). The program is its own child.
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <random>
#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/object_handles.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::Watchdog;

struct Handed {
  char kind;
  uint64_t id;
};

constexpr int32_t kRefused = 2;  // the id

bool UseRLock(bp_rlock* rlock) {
  for (int i = 0; i < 2; ++i) {
    if (bp_rlock_acquire(rlock, 0, BP_FOREVER, nullptr, nullptr) != BP_OK) return false;
  }
  return bp_rlock_unlock(rlock, 0, nullptr) == BP_OK && bp_rlock_unlock(rlock, 0, nullptr) == BP_OK;
}

bool UseCondition(bp_condition* condition) {
  return bp_condition_acquire(condition, 0, BP_FOREVER, nullptr, nullptr) == BP_OK &&
         bp_condition_notify_all(condition, 0, nullptr) == BP_OK &&
         bp_condition_unlock(condition, 0, nullptr) == BP_OK;
}

// Opens the object by its id and uses it; its parent sees what was done.
template <typename Handle, typename Attach, typename Use>
int32_t With(uint64_t id, const Attach& attach, const Use& use) {
  Handle handle;
  if (attach(nullptr, id, &handle, nullptr) != BP_OK) return kRefused;
  return use(handle) ? 0 : 1;
}

int32_t UseHanded(const void* data, size_t, void*) {
  Handed handed;
  memcpy(&handed, data, sizeof handed);
  switch (handed.kind) {
    case 'r':
      return With<RLock>(handed.id, bp_rlock_attach, UseRLock);
    case 's':
      return With<Semaphore>(handed.id, bp_semaphore_attach, [](bp_semaphore* semaphore) {
        return bp_semaphore_post(semaphore, 1, nullptr) == BP_OK;
      });
    case 'c':
      return With<Condition>(handed.id, bp_condition_attach, UseCondition);
    case 'e':
      return With<Event>(handed.id, bp_event_attach,
                         [](bp_event* event) { return bp_event_set(event, nullptr) == BP_OK; });
    case 'b':
      return With<Barrier>(handed.id, bp_barrier_attach, [](bp_barrier* barrier) {
        return bp_barrier_wait(barrier, nullptr, nullptr, BP_FOREVER, nullptr, nullptr, nullptr) ==
               BP_OK;
      });
    case 'o':
      return With<Semaphore>(handed.id, bp_semaphore_attach, [](bp_semaphore* semaphore) {
        // It is at its bound until one is taken.
        return bp_semaphore_post(semaphore, 1, nullptr) == BP_STATE &&
               bp_semaphore_acquire(semaphore, 0, nullptr, nullptr) == BP_OK;
      });
    case 'l':
      return With<Lock>(handed.id, bp_lock_attach, [](bp_lock* lock) {
        return bp_lock_acquire(lock, BP_FOREVER, nullptr, nullptr) == BP_OK &&
               bp_lock_unlock(lock, nullptr) == BP_OK;
      });
    case 'v':
      return With<Value>(handed.id, bp_value_attach, [](bp_value* value) {
        return bp_value_fetch_add(value, 0, 5, nullptr, nullptr) == BP_OK;
      });
    case 'm':
      return With<Memory>(handed.id, bp_memory_attach, [](bp_memory* memory) {
        memcpy(bp_memory_data(memory), "written", 8);
        return bp_memory_size(memory) >= 8;
      });
    case 'a':
      return With<Array>(handed.id, bp_array_attach, [](bp_array* array) {
        return bp_array_set_int(array, 2, 0, 42, nullptr) == BP_OK;
      });
    default:
      return 3;
  }
}

int32_t PutInto(const void* data, size_t size, void*) {
  Queue queue;
  const std::string name(static_cast<const char*>(data), size);
  if (bp_queue_open(name.c_str(), nullptr, &queue, nullptr) != BP_OK) return kRefused;
  return bp_queue_put(queue, "hello", 5, BP_FORMAT_RAW, BP_FOREVER, nullptr, nullptr) == BP_OK ? 0
                                                                                               : 1;
}

// The queue is the descriptor that the child was given.
int32_t PutIntoGiven(const void*, size_t, void*) {
  int32_t fd = -1;
  Queue queue;
  if (bp_inherited_fds(&fd, 1) != 1) return 3;
  if (bp_queue_attach_fd(fd, &queue, nullptr) != BP_OK) return kRefused;
  if (bp_queue_put(queue, "first", 5, BP_FORMAT_RAW, 0, nullptr, nullptr) != BP_OK) return 1;
  return bp_queue_put(queue, "second", 6, BP_FORMAT_RAW, BP_FOREVER, nullptr, nullptr) == BP_OK ? 0
                                                                                                : 1;
}

// Whether any of random ids near a true one, or the true one taken for another kind, is accepted: none is to be,
// and nobody dies of them.
int32_t TryManyIds(const void* data, size_t, void*) {
  Handed handed;
  memcpy(&handed, data, sizeof handed);
  std::mt19937_64 random(handed.id);
  int32_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    // Its upper half alone: the lower one names a place, where another event may live.
    const uint64_t flipped = handed.id ^ (uint64_t{1} << (32 + random() % 32));
    const uint64_t wrong = i % 2 == 0 ? random() : flipped;
    const Handed tried = {"rscebalvmo"[i % 10], wrong};
    if (UseHanded(&tried, sizeof tried, nullptr) != kRefused) ++accepted;
  }
  return accepted == 0 ? 0 : 1;  // an exit code has no room for more
}

// Tells by the queue that its parent has died.
int32_t AwaitDeathOfParent(const void* data, size_t size, void*) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  if (bp_set_pdeathsig(SIGUSR1, nullptr) != BP_OK) return 1;
  if (PutInto(data, size, nullptr) != 0) return 2;
  int number = 0;
  sigwait(&signals, &number);
  return PutInto(data, size, nullptr);
}

class Started {
 public:
  Started(const char* method, const char* entry, const void* data, size_t size,
          const int32_t* fd = nullptr) {
    bp_process_options options;
    bp_process_options_init(&options, sizeof options);
    options.entry = entry;
    options.data = data;
    options.data_size = size;
    options.fds = fd;
    options.fd_count = fd == nullptr ? 0 : 1;
    options.force_fork = testing::kSanitized;
    bp_error* error = nullptr;
    EXPECT_EQ(bp_context_get(method, &options.context, nullptr), BP_OK);
    EXPECT_EQ(bp_process_create(&options, &process_, nullptr), BP_OK);
    EXPECT_EQ(bp_process_start(process_, &error), BP_OK) << bp_error_message(error);
    bp_error_release(error);
  }
  ~Started() { bp_process_release(process_); }
  operator bp_process*() const { return process_; }
  int32_t End() {
    int32_t status = BP_EXIT_NONE;
    EXPECT_EQ(bp_process_join(process_, BP_FOREVER, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_process_exit_status(process_, &status, nullptr), BP_OK);
    return status;
  }

 private:
  bp_process* process_ = nullptr;
};

int32_t StartOneThatAwaits(const void* data, size_t size, void*) {
  return Started("spawn", "await death", data, size).End();
}

std::string RandomName() { return "handed-" + std::to_string(std::random_device()()); }

std::string Get(bp_queue* queue) {
  bp_buffer buffer = {};
  EXPECT_EQ(bp_queue_get(queue, BP_FOREVER, nullptr, &buffer, nullptr), BP_OK);
  std::string text(static_cast<const char*>(buffer.data), buffer.size);
  bp_buffer_free(&buffer);
  return text;
}

class HandedObjectsTest : public ::testing::TestWithParam<const char*> {
 protected:
  // The child that has the object; `meanwhile` runs here.
  int32_t Hand(
      char kind, uint64_t id, const std::function<void()>& meanwhile = [] {}) {
    const Handed handed = {kind, id};
    Started child(GetParam(), "use", &handed, sizeof handed);
    meanwhile();
    return child.End();
  }
  Watchdog watchdog_{120};
};

TEST_P(HandedObjectsTest, RLock) {
  RLock rlock;
  ASSERT_EQ(bp_rlock_create(nullptr, &rlock, nullptr), BP_OK);
  EXPECT_EQ(Hand('r', bp_rlock_id(rlock)), 0);
  EXPECT_EQ(bp_rlock_acquire(rlock, 0, 0, nullptr, nullptr), BP_OK);
}

TEST_P(HandedObjectsTest, Semaphore) {
  Semaphore semaphore;
  ASSERT_EQ(bp_semaphore_create(0, nullptr, &semaphore, nullptr), BP_OK);
  EXPECT_EQ(Hand('s', bp_semaphore_id(semaphore)), 0);
  EXPECT_EQ(bp_semaphore_acquire(semaphore, 0, nullptr, nullptr), BP_OK);
}

TEST_P(HandedObjectsTest, Condition) {
  Condition condition;
  ASSERT_EQ(bp_condition_create(nullptr, &condition, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_acquire(condition, 0, BP_FOREVER, nullptr, nullptr), BP_OK);
  EXPECT_EQ(Hand('c', bp_condition_id(condition),
                 [&] {
                   EXPECT_EQ(bp_condition_wait(condition, 0, BP_FOREVER, nullptr, nullptr, nullptr),
                             BP_OK);
                   EXPECT_EQ(bp_condition_unlock(condition, 0, nullptr), BP_OK);
                 }),
            0);
}

TEST_P(HandedObjectsTest, Event) {
  Event event;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  EXPECT_EQ(Hand('e', bp_event_id(event)), 0);
  EXPECT_EQ(bp_event_is_set(event), 1);
}

TEST_P(HandedObjectsTest, Barrier) {
  Barrier barrier;
  ASSERT_EQ(bp_barrier_create(2, BP_FOREVER, nullptr, &barrier, nullptr), BP_OK);
  EXPECT_EQ(Hand('b', bp_barrier_id(barrier),
                 [&] {
                   EXPECT_EQ(bp_barrier_wait(barrier, nullptr, nullptr, BP_FOREVER, nullptr,
                                             nullptr, nullptr),
                             BP_OK);
                 }),
            0);
}

TEST_P(HandedObjectsTest, Array) {
  Array array;
  ASSERT_EQ(bp_array_create("i", 3, nullptr, 0, nullptr, &array, nullptr), BP_OK);
  EXPECT_EQ(Hand('a', bp_array_id(array)), 0);
  int64_t number = 0;
  EXPECT_EQ(bp_array_get_int(array, 2, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 42);
}

TEST_P(HandedObjectsTest, BoundedSemaphore) {
  Semaphore semaphore;
  ASSERT_EQ(bp_bounded_semaphore_create(1, nullptr, &semaphore, nullptr), BP_OK);
  EXPECT_EQ(Hand('o', bp_semaphore_id(semaphore)), 0);
  EXPECT_EQ(bp_semaphore_acquire(semaphore, 0, nullptr, nullptr), BP_TIMEOUT);
}

TEST_P(HandedObjectsTest, LockAndValue) {
  Lock lock;
  Value value;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  ASSERT_EQ(bp_value_create("q", nullptr, 0, nullptr, &value, nullptr), BP_OK);
  ASSERT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(Hand('l', bp_lock_id(lock), [&] { EXPECT_EQ(bp_lock_unlock(lock, nullptr), BP_OK); }),
            0);
  EXPECT_EQ(Hand('v', bp_value_id(value)), 0);
  int64_t number = 0;
  EXPECT_EQ(bp_value_get_int(value, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 5);
}

TEST_P(HandedObjectsTest, Memory) {
  Memory memory;
  ASSERT_EQ(bp_memory_create(100, nullptr, &memory, nullptr), BP_OK);
  EXPECT_EQ(Hand('m', bp_memory_id(memory)), 0);
  EXPECT_STREQ(static_cast<const char*>(bp_memory_data(memory)), "written");
}

TEST_P(HandedObjectsTest, AnonymousQueue) {
  bp_queue_options options;
  bp_queue_options_init(&options, sizeof options);
  options.capacity = 1;  // the child waits for this process
  Queue queue;
  ASSERT_EQ(bp_queue_create(&options, &queue, nullptr), BP_OK);
  const int32_t fd = bp_queue_segment_fd(queue);
  ASSERT_GE(fd, 0);
  Started child(GetParam(), "put into given", nullptr, 0, &fd);
  EXPECT_EQ(Get(queue), "first");
  EXPECT_EQ(Get(queue), "second");
  EXPECT_EQ(child.End(), 0);
  // Another kind of memory is refused there.
  Segment segment;
  ASSERT_EQ(bp_segment_create(nullptr, &segment, nullptr), BP_OK);
  const int32_t other = bp_segment_fd(segment);
  Started refused(GetParam(), "put into given", nullptr, 0, &other);
  EXPECT_EQ(refused.End(), kRefused);
}

TEST_P(HandedObjectsTest, NamedQueue) {
  Queue queue;
  const std::string name = RandomName();
  ASSERT_EQ(bp_queue_open(name.c_str(), nullptr, &queue, nullptr), BP_OK);
  Started child(GetParam(), "put", name.data(), name.size());
  EXPECT_EQ(Get(queue), "hello");
  EXPECT_EQ(child.End(), 0);
}

TEST_P(HandedObjectsTest, NumbersThatNameNothingAreRefused) {
  Event event;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  const uint64_t id = bp_event_id(event);
  for (const char kind : {'r', 's', 'c', 'b', 'a'}) EXPECT_EQ(Hand(kind, id), kRefused) << kind;
  std::mt19937_64 random(20261122);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Hand("rsceba"[i], random()), kRefused);
  for (const uint64_t wrong : {id + 1, id ^ (uint64_t{1} << 32), uint64_t{0}, ~uint64_t{0}}) {
    EXPECT_EQ(Hand('e', wrong), kRefused) << wrong;
  }
}

TEST_P(HandedObjectsTest, ManyWrongNumbersHarmNobody) {
  Event event;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  const Handed handed = {'e', bp_event_id(event)};
  Started child(GetParam(), "try many ids", &handed, sizeof handed);
  EXPECT_EQ(child.End(), 0);
  EXPECT_EQ(bp_event_is_set(event), 0);
}

// T:spawn.test_set_pdeathsig
TEST_P(HandedObjectsTest, AGrandchildHearsOfItsParentsDeathAndCanStillPut) {
  Queue queue;
  const std::string name = RandomName();
  ASSERT_EQ(bp_queue_open(name.c_str(), nullptr, &queue, nullptr), BP_OK);
  Started child(GetParam(), "start one that awaits", name.data(), name.size());
  EXPECT_EQ(Get(queue), "hello");
  EXPECT_EQ(bp_process_terminate(child, nullptr), BP_OK);
  EXPECT_EQ(Get(queue), "hello");
  EXPECT_EQ(child.End(), -SIGTERM);
}

INSTANTIATE_TEST_SUITE_P(Methods, HandedObjectsTest,
                         ::testing::Values("fork", "spawn", "forkserver"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace billiard

int main(int argc, char** argv) {
  bp_entry_register("use", billiard::UseHanded, nullptr, nullptr);
  bp_entry_register("put", billiard::PutInto, nullptr, nullptr);
  bp_entry_register("put into given", billiard::PutIntoGiven, nullptr, nullptr);
  bp_entry_register("try many ids", billiard::TryManyIds, nullptr, nullptr);
  bp_entry_register("await death", billiard::AwaitDeathOfParent, nullptr, nullptr);
  bp_entry_register("start one that awaits", billiard::StartOneThatAwaits, nullptr, nullptr);
  bp_freeze_support(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
