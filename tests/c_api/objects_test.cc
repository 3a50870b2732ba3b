// Objects in shared memory through the C ABI: made, used, found by id and by name, kept by forks.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/c_api/object_handles.h"

namespace billiard {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

bp_object_options Options() {
  bp_object_options options;
  bp_object_options_init(&options, sizeof options);
  return options;
}

std::string NameOfTest(const std::string& suffix = "") {
  return "objects_test-" + std::to_string(getpid()) + "-" +
         testing::UnitTest::GetInstance()->current_test_info()->name() + suffix;
}

// Runs `body` in a forked child and expects true of it.
void InChild(const std::function<bool()>& body) {
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    alarm(30);
    _exit(body() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0) << "the child's exit";
}

template <typename Describe>
std::string Text(Describe describe) {
  char text[256];
  const size_t length = describe(text, sizeof text);
  EXPECT_EQ(length, strlen(text));
  return text;
}

// ---- lock ----

// SYNC-1, SYNC-10, SYNC-11
TEST(LockTest, IsHeldByOneAtATime) {
  Lock lock;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_lock_wait(lock, 0, nullptr, nullptr), BP_TIMEOUT);
  std::thread([&] { EXPECT_EQ(bp_lock_unlock(lock, nullptr), BP_OK); }).join();
  EXPECT_EQ(bp_lock_wait(lock, 0, nullptr, nullptr), BP_OK);
  bp_error* error = nullptr;
  EXPECT_EQ(bp_lock_unlock(lock, &error), BP_STATE);
  EXPECT_STREQ(bp_error_message(error), "semaphore or lock released too many times");
  bp_error_release(error);
}

// SYNC-12
TEST(LockTest, SaysWhoHoldsIt) {
  Lock lock;
  int32_t pid = -1;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  const auto text = [&](const char* self) {
    return Text([&](char* to, size_t room) { return bp_lock_describe(lock, self, to, room); });
  };
  EXPECT_EQ(text(nullptr), "<Lock(owner=None)>");
  EXPECT_EQ(bp_lock_holder(lock, &pid), BP_HELD_BY_NOBODY);
  EXPECT_EQ(pid, 0);
  ASSERT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(text(nullptr), "<Lock(owner=MainProcess)>");
  EXPECT_EQ(text("Main|Thread-1"), "<Lock(owner=Main|Thread-1)>");
  EXPECT_EQ(bp_lock_holder(lock, &pid), BP_HELD_BY_CALLER);
  EXPECT_EQ(pid, getpid());
  InChild([&] {
    return text(nullptr) == "<Lock(owner=SomeOtherProcess)>" &&
           bp_lock_holder(lock, nullptr) == BP_HELD_BY_PROCESS;
  });
}

// G-SYNC-1
TEST(LockTest, ADeadHoldersLockIsHeldWithNews) {
  Lock lock;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  InChild([&] { return bp_lock_acquire(lock, 0, nullptr, nullptr) == BP_OK; });
  EXPECT_EQ(bp_lock_holder(lock, nullptr), BP_HELD_BY_DEAD);
  EXPECT_EQ(Text([&](char* to, size_t room) { return bp_lock_describe(lock, nullptr, to, room); }),
            "<Lock(owner=unknown)>");
  EXPECT_EQ(bp_lock_wait(lock, 5 * kSecond, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_acquire(lock, 5 * kSecond, nullptr, nullptr), BP_OWNER_DIED);
  EXPECT_EQ(bp_lock_unlock(lock, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
}

TEST(LockTest, FairOnesSayThatTheyAre) {
  Lock plain;
  Lock fair;
  bp_object_options options = Options();
  options.flags = BP_FIFO;
  ASSERT_EQ(bp_lock_create(nullptr, &plain, nullptr), BP_OK);
  ASSERT_EQ(bp_lock_create(&options, &fair, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_fifo(plain), 0);
  EXPECT_EQ(bp_lock_fifo(fair), 1);
  EXPECT_EQ(bp_lock_acquire(fair, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_acquire(fair, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_lock_unlock(fair, nullptr), BP_OK);
}

// ---- rlock ----

// SYNC-20, SYNC-21, SYNC-22
TEST(RLockTest, BelongsToAThread) {
  RLock rlock;
  ASSERT_EQ(bp_rlock_create(nullptr, &rlock, nullptr), BP_OK);
  const auto text = [&] {
    return Text(
        [&](char* to, size_t room) { return bp_rlock_describe(rlock, 0, nullptr, to, room); });
  };
  EXPECT_EQ(text(), "<RLock(None, 0)>");
  EXPECT_EQ(bp_rlock_acquire(rlock, 0, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_rlock_acquire(rlock, 0, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_rlock_count(rlock), 2u);
  EXPECT_EQ(text(), "<RLock(MainProcess, 2)>");
  EXPECT_EQ(bp_rlock_holder(rlock, 0, nullptr), BP_HELD_BY_CALLER);
  std::thread([&] {
    bp_error* error = nullptr;
    EXPECT_EQ(bp_rlock_acquire(rlock, 0, 0, nullptr, nullptr), BP_TIMEOUT);
    EXPECT_EQ(bp_rlock_unlock(rlock, 0, &error), BP_STATE);
    EXPECT_STREQ(bp_error_message(error), "attempt to release recursive lock not owned by thread");
    bp_error_release(error);
    EXPECT_EQ(text(), "<RLock(SomeOtherThread, nonzero)>");
    EXPECT_EQ(bp_rlock_holder(rlock, 0, nullptr), BP_HELD_BY_THREAD);
  }).join();
  InChild([&] {
    return bp_rlock_unlock(rlock, 0, nullptr) == BP_STATE &&
           text() == "<RLock(SomeOtherProcess, nonzero)>";
  });
  EXPECT_EQ(bp_rlock_unlock(rlock, 0, nullptr), BP_OK);
  EXPECT_EQ(bp_rlock_unlock(rlock, 0, nullptr), BP_OK);
  EXPECT_EQ(bp_rlock_unlock(rlock, 0, nullptr), BP_STATE);
}

TEST(RLockTest, BelongsToATokenWhateverTheThread) {
  RLock rlock;
  ASSERT_EQ(bp_rlock_create(nullptr, &rlock, nullptr), BP_OK);
  EXPECT_EQ(bp_rlock_acquire(rlock, 7, 0, nullptr, nullptr), BP_OK);
  std::thread([&] {
    EXPECT_EQ(bp_rlock_acquire(rlock, 7, 0, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_rlock_wait(rlock, 7, 0, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_rlock_wait(rlock, 8, 0, nullptr, nullptr), BP_TIMEOUT);
  }).join();
  EXPECT_EQ(bp_rlock_count(rlock), 2u);
  ExpectInvalid([&](bp_error** e) { return bp_rlock_unlock(rlock, uint64_t{1} << 63, e); },
                "owner_token");
}

// ---- semaphore ----

// SYNC-30 to SYNC-34
TEST(SemaphoreTest, ValuesBoundsAndTexts) {
  Semaphore plain;
  Semaphore bounded;
  ASSERT_EQ(bp_semaphore_create(1, nullptr, &plain, nullptr), BP_OK);
  ASSERT_EQ(bp_bounded_semaphore_create(2, nullptr, &bounded, nullptr), BP_OK);
  EXPECT_EQ(bp_semaphore_post(plain, 2, nullptr), BP_OK);
  EXPECT_EQ(bp_semaphore_value(plain), 3);
  EXPECT_EQ(bp_semaphore_bound(plain), BP_SEM_VALUE_MAX);
  EXPECT_EQ(bp_semaphore_post(plain, BP_SEM_VALUE_MAX, nullptr), BP_STATE);
  EXPECT_EQ(bp_semaphore_acquire(bounded, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_semaphore_post(bounded, 2, nullptr), BP_STATE);
  EXPECT_EQ(bp_semaphore_value(bounded), 1);
  EXPECT_EQ(bp_semaphore_acquire(bounded, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_semaphore_acquire(bounded, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_semaphore_wait(bounded, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(Text([&](char* to, size_t n) { return bp_semaphore_describe(plain, to, n); }),
            "<Semaphore(value=3)>");
  EXPECT_EQ(Text([&](char* to, size_t n) { return bp_semaphore_describe(bounded, to, n); }),
            "<BoundedSemaphore(value=0, maxvalue=2)>");
  Semaphore none;
  for (int64_t value : {int64_t{-1}, BP_SEM_VALUE_MAX + 1}) {
    ExpectInvalid([&](bp_error** e) { return bp_semaphore_create(value, nullptr, &none, e); },
                  "value");
    ExpectInvalid(
        [&](bp_error** e) { return bp_bounded_semaphore_create(value, nullptr, &none, e); },
        "value");
  }
  ExpectInvalid([&](bp_error** e) { return bp_semaphore_post(plain, 0, e); }, "units");
}

// G-SYNC-5
TEST(SemaphoreTest, UnitsOfTheDeadComeBackWhenTracked) {
  Semaphore semaphore;
  bp_object_options options = Options();
  options.flags = BP_TRACKED;
  ASSERT_EQ(bp_semaphore_create(2, &options, &semaphore, nullptr), BP_OK);
  InChild([&] { return bp_semaphore_acquire(semaphore, 0, nullptr, nullptr) == BP_OK; });
  EXPECT_EQ(bp_semaphore_acquire(semaphore, 5 * kSecond, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_semaphore_acquire(semaphore, 5 * kSecond, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_semaphore_returned(semaphore), 1u);
  EXPECT_EQ(bp_semaphore_post(semaphore, 3, nullptr), BP_STATE);
  EXPECT_EQ(bp_semaphore_post(semaphore, 2, nullptr), BP_OK);
  Semaphore none;
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_semaphore_create(BP_TRACKED_VALUE_MAX + 1, &options, &none, e);
      },
      "value");
}

// ---- event ----

// SYNC-50 to SYNC-52, G-SYNC-3
TEST(EventTest, IsSetClearedAndWaitedFor) {
  Event event;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  EXPECT_EQ(bp_event_is_set(event), 0);
  EXPECT_EQ(bp_event_wait(event, 0, nullptr, nullptr), BP_TIMEOUT);
  const uint64_t before = bp_event_times_set(event);
  EXPECT_EQ(bp_event_wait_since(event, before, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_event_set(event, nullptr), BP_OK);
  EXPECT_EQ(bp_event_is_set(event), 1);
  EXPECT_EQ(bp_event_wait(event, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_event_clear(event, nullptr), BP_OK);
  EXPECT_EQ(bp_event_wait(event, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_event_wait_since(event, before, 0, nullptr, nullptr), BP_OK);
}

TEST(EventTest, IsSetByAnotherProcess) {
  Event event;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  std::thread child([&] { InChild([&] { return bp_event_set(event, nullptr) == BP_OK; }); });
  EXPECT_EQ(bp_event_wait(event, 20 * kSecond, nullptr, nullptr), BP_OK);
  child.join();
}

// ---- condition ----

// SYNC-40 to SYNC-46
TEST(ConditionTest, WaitsAndNotifies) {
  Condition condition;
  ASSERT_EQ(bp_condition_create(nullptr, &condition, nullptr), BP_OK);
  bp_error* error = nullptr;
  EXPECT_EQ(bp_condition_wait(condition, 0, 0, nullptr, nullptr, &error), BP_STATE);
  EXPECT_STREQ(bp_error_message(error), "must acquire() condition before using wait()");
  bp_error_release(error);
  EXPECT_EQ(bp_condition_notify(condition, 0, 1, &error), BP_STATE);
  EXPECT_STREQ(bp_error_message(error), "lock is not owned");
  bp_error_release(error);
  ASSERT_EQ(bp_condition_acquire(condition, 0, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_acquire(condition, 0, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_condition_wait(condition, 0, 0, nullptr, nullptr, nullptr), BP_TIMEOUT);
  bool notified = false;
  std::thread other([&] {
    ASSERT_EQ(bp_condition_acquire(condition, 0, BP_FOREVER, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_condition_waiters(condition), 1u);
    EXPECT_EQ(Text([&](char* to, size_t n) {
                return bp_condition_describe(condition, 0, nullptr, to, n);
              }),
              "<Condition(<RLock(MainProcess, 1)>, 1)>");
    notified = true;
    EXPECT_EQ(bp_condition_notify_all(condition, 0, nullptr), BP_OK);
    EXPECT_EQ(bp_condition_unlock(condition, 0, nullptr), BP_OK);
  });
  int32_t owner_died = -1;
  EXPECT_EQ(bp_condition_wait(condition, 0, BP_FOREVER, nullptr, &owner_died, nullptr), BP_OK);
  EXPECT_EQ(owner_died, 0);
  EXPECT_TRUE(notified);
  other.join();
  RLock lock;
  ASSERT_EQ(bp_condition_get_rlock(condition, &lock, nullptr), BP_OK);
  EXPECT_EQ(bp_rlock_count(lock), 2u) << "the same depth as before";
  Lock wrong;
  EXPECT_EQ(bp_condition_get_lock(condition, &wrong, nullptr), BP_NOT_FOUND);
}

// SYNC-45
TEST(ConditionTest, WaitForAsksFirstAndReturnsTheAnswer) {
  Condition condition;
  ASSERT_EQ(bp_condition_create(nullptr, &condition, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_acquire(condition, 0, 0, nullptr, nullptr), BP_OK);
  int answer = 5;
  int32_t value = 0;
  const auto predicate = [](void* context) { return *static_cast<int*>(context); };
  EXPECT_EQ(bp_condition_wait_for(condition, 0, predicate, &answer, 0, nullptr, &value, nullptr),
            BP_OK);
  EXPECT_EQ(value, 5);
  answer = 0;
  EXPECT_EQ(bp_condition_wait_for(condition, 0, predicate, &answer, 1000, nullptr, &value, nullptr),
            BP_TIMEOUT);
  EXPECT_EQ(value, 0);
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_condition_wait_for(condition, 0, nullptr, nullptr, 0, nullptr, nullptr, e);
      },
      "predicate");
}

TEST(ConditionTest, AWaitInSteps) {
  Lock lock;
  Condition condition;
  bp_waiter* waiter = nullptr;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  bp_object_options options = Options();
  options.lock = lock;
  ASSERT_EQ(bp_condition_create(&options, &condition, nullptr), BP_OK);
  EXPECT_EQ(bp_condition_begin_wait(condition, 0, &waiter, nullptr), BP_STATE);
  ASSERT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_begin_wait(condition, 0, &waiter, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_holder(lock, nullptr), BP_HELD_BY_NOBODY);
  EXPECT_EQ(bp_waiter_wait(waiter, 0, nullptr, nullptr), BP_TIMEOUT);
  InChild([&] {
    return bp_waiter_wait(waiter, 0, nullptr, nullptr) == BP_FORKED &&
           bp_lock_acquire(lock, 0, nullptr, nullptr) == BP_OK &&
           bp_condition_notify(condition, 0, 3, nullptr) == BP_OK &&
           bp_lock_unlock(lock, nullptr) == BP_OK;
  });
  EXPECT_EQ(bp_waiter_wait(waiter, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  int32_t notified = -1;
  EXPECT_EQ(bp_waiter_end(waiter, 0, nullptr, &notified, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_waiter_wait_lock(waiter, 0, nullptr, nullptr), BP_TIMEOUT);
  ASSERT_EQ(bp_lock_unlock(lock, nullptr), BP_OK);
  EXPECT_EQ(bp_waiter_wait_lock(waiter, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_waiter_end(waiter, 0, nullptr, &notified, nullptr), BP_OK);
  EXPECT_EQ(notified, 1);
  EXPECT_EQ(bp_lock_holder(lock, nullptr), BP_HELD_BY_CALLER);
  EXPECT_EQ(bp_waiter_end(waiter, 0, nullptr, &notified, nullptr), BP_STATE);
  bp_waiter_release(waiter);
}

TEST(ConditionTest, AnUnendedWaiterLeavesNothingBehind) {
  Condition condition;
  bp_waiter* waiter = nullptr;
  ASSERT_EQ(bp_condition_create(nullptr, &condition, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_acquire(condition, 9, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_begin_wait(condition, 9, &waiter, nullptr), BP_OK);
  EXPECT_EQ(bp_condition_waiters(condition), 1u);
  bp_waiter_release(waiter);
  EXPECT_EQ(bp_condition_waiters(condition), 0u);
  EXPECT_EQ(bp_condition_acquire(condition, 10, 0, nullptr, nullptr), BP_OK);
}

TEST(ConditionTest, ANotificationOfAnUnendedWaiterGoesToTheNextWhoeverHasTheLock) {
  Condition condition;
  bp_waiter* first = nullptr;
  bp_waiter* second = nullptr;
  ASSERT_EQ(bp_condition_create(nullptr, &condition, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_acquire(condition, 1, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_begin_wait(condition, 1, &first, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_acquire(condition, 2, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_begin_wait(condition, 2, &second, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_acquire(condition, 3, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_condition_notify(condition, 3, 1, nullptr), BP_OK);
  EXPECT_EQ(bp_waiter_wait(second, 0, nullptr, nullptr), BP_TIMEOUT);
  InChild([&] {
    bp_waiter_release(first);  // its copy only
    return bp_waiter_wait(second, 0, nullptr, nullptr) == BP_FORKED;
  });
  EXPECT_EQ(bp_waiter_wait(second, 0, nullptr, nullptr), BP_TIMEOUT);
  bp_waiter_release(first);
  EXPECT_EQ(bp_waiter_wait(second, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_condition_unlock(condition, 3, nullptr), BP_OK) << "it was not touched";
  EXPECT_EQ(bp_waiter_end(second, 0, nullptr, nullptr, nullptr), BP_OK);
  bp_waiter_release(second);
}

// ---- barrier ----

// SYNC-60 to SYNC-66
TEST(BarrierTest, LetsAllGoTogether) {
  Barrier barrier;
  ASSERT_EQ(bp_barrier_create(3, BP_FOREVER, nullptr, &barrier, nullptr), BP_OK);
  EXPECT_EQ(bp_barrier_parties(barrier), 3u);
  EXPECT_EQ(bp_barrier_waiting(barrier), 0u);
  std::atomic<int> actions{0};
  std::vector<uint32_t> indexes(3);
  std::vector<std::thread> threads;
  for (uint32_t& index : indexes) {
    threads.emplace_back([&] {
      const auto action = [](void* context) {
        static_cast<std::atomic<int>*>(context)->fetch_add(1);
        return 0;
      };
      EXPECT_EQ(bp_barrier_wait(barrier, action, &actions, BP_FOREVER, nullptr, &index, nullptr),
                BP_OK);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(actions.load(), 1);
  EXPECT_EQ(indexes[0] + indexes[1] + indexes[2], 3u);
}

TEST(BarrierTest, ATimeoutBreaksItUntilReset) {
  Barrier barrier;
  ASSERT_EQ(bp_barrier_create(2, 0, nullptr, &barrier, nullptr), BP_OK);
  EXPECT_EQ(bp_barrier_default_timeout(barrier), 0);
  EXPECT_EQ(bp_barrier_wait(barrier, nullptr, nullptr, BP_FOREVER, nullptr, nullptr, nullptr),
            BP_BROKEN)
      << "its own timeout is 0";
  EXPECT_EQ(bp_barrier_broken(barrier), 1);
  EXPECT_EQ(bp_barrier_wait(barrier, nullptr, nullptr, kSecond, nullptr, nullptr, nullptr),
            BP_BROKEN);
  EXPECT_EQ(bp_barrier_reset(barrier, nullptr), BP_OK);
  EXPECT_EQ(bp_barrier_broken(barrier), 0);
  EXPECT_EQ(bp_barrier_abort(barrier, nullptr), BP_OK);
  EXPECT_EQ(bp_barrier_broken(barrier), 1);
}

TEST(BarrierTest, AFailedActionBreaksIt) {
  Barrier barrier;
  ASSERT_EQ(bp_barrier_create(1, BP_FOREVER, nullptr, &barrier, nullptr), BP_OK);
  const auto action = [](void*) { return 3; };
  EXPECT_EQ(bp_barrier_wait(barrier, action, nullptr, BP_FOREVER, nullptr, nullptr, nullptr),
            BP_TASK_FAILED);
  EXPECT_EQ(bp_barrier_broken(barrier), 1);
}

TEST(BarrierTest, AnArrivalInSteps) {
  Barrier barrier;
  bp_arrival* first = nullptr;
  bp_arrival* last = nullptr;
  ASSERT_EQ(bp_barrier_create(2, BP_FOREVER, nullptr, &barrier, nullptr), BP_OK);
  ASSERT_EQ(bp_barrier_arrive(barrier, 0, nullptr, &first, nullptr), BP_OK);
  EXPECT_EQ(bp_arrival_index(first), 0u);
  EXPECT_EQ(bp_arrival_is_last(first), 0);
  EXPECT_EQ(bp_arrival_wait(first, 0, nullptr, nullptr), BP_TIMEOUT);
  EXPECT_EQ(bp_barrier_broken(barrier), 0) << "a slice is no time-out";
  EXPECT_EQ(bp_arrival_open(first, nullptr), BP_STATE);
  InChild([&] { return bp_arrival_wait(first, 0, nullptr, nullptr) == BP_FORKED; });
  ASSERT_EQ(bp_barrier_arrive(barrier, 0, nullptr, &last, nullptr), BP_OK);
  EXPECT_EQ(bp_arrival_index(last), 1u);
  EXPECT_EQ(bp_arrival_is_last(last), 1);
  EXPECT_EQ(bp_arrival_wait(last, 0, nullptr, nullptr), BP_STATE);
  EXPECT_EQ(bp_arrival_open(last, nullptr), BP_OK);
  EXPECT_EQ(bp_arrival_wait(first, BP_FOREVER, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_arrival_give_up(first, nullptr), BP_STATE) << "it is over";
  bp_arrival_release(first);
  bp_arrival_release(last);
  ASSERT_EQ(bp_barrier_arrive(barrier, 0, nullptr, &first, nullptr), BP_OK);
  EXPECT_EQ(bp_arrival_give_up(first, nullptr), BP_BROKEN);
  bp_arrival_release(first);
  EXPECT_EQ(bp_barrier_broken(barrier), 1);
}

// ---- values and arrays ----

// SHM-30 to SHM-33
TEST(ValueTest, WithALockAndRaw) {
  Value value;
  Value raw;
  const int32_t five = 5;
  ASSERT_EQ(bp_value_create("i", &five, sizeof five, nullptr, &value, nullptr), BP_OK);
  int64_t number = 0;
  EXPECT_EQ(bp_value_get_int(value, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 5);
  EXPECT_EQ(bp_value_acquire(value, 0, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_value_set_int(value, 0, 6, nullptr), BP_OK);
  EXPECT_EQ(bp_value_unlock(value, 0, nullptr), BP_OK);
  EXPECT_EQ(bp_value_unlock(value, 0, nullptr), BP_STATE);
  EXPECT_EQ(Text([&](char* to, size_t n) { return bp_value_describe(value, to, n); }),
            "<Synchronized wrapper for i(6)>");
  bp_object_options options = Options();
  options.flags = BP_NO_LOCK;
  ASSERT_EQ(bp_value_create("x:d,n:i", nullptr, 0, &options, &raw, nullptr), BP_OK);
  EXPECT_EQ(bp_value_acquire(raw, 0, 0, nullptr, nullptr), BP_STATE);
  EXPECT_EQ(bp_value_fields(raw), 2u);
  EXPECT_STREQ(bp_value_field_name(raw, 1), "n");
  EXPECT_EQ(bp_value_field_index(raw, "n"), 1);
  EXPECT_EQ(bp_value_field_type(raw, 0), 'd');
  EXPECT_EQ(bp_value_set_double(raw, 0, 0.5, nullptr), BP_OK);
  EXPECT_EQ(bp_value_set_int(raw, 1, 3, nullptr), BP_OK);
  EXPECT_EQ(Text([&](char* to, size_t n) { return bp_value_describe(raw, to, n); }),
            "<x:d,n:i(0.5, 3)>");
  Value synchronized;
  ASSERT_EQ(bp_value_synchronize(raw, nullptr, &synchronized, nullptr), BP_OK);
  EXPECT_EQ(bp_value_data(synchronized), bp_value_data(raw));
  EXPECT_EQ(bp_value_acquire(synchronized, 0, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(Text([&](char* to, size_t n) { return bp_value_describe(synchronized, to, n); }),
            "<Synchronized<Struct> wrapper for x:d,n:i(0.5, 3)>");
  Value twice;
  bp_error* error = nullptr;
  EXPECT_EQ(bp_value_synchronize(synchronized, nullptr, &twice, &error), BP_STATE);
  EXPECT_STREQ(bp_error_message(error), "object already synchronized");
  bp_error_release(error);
}

// SHM-35
TEST(ValueTest, ACopyIsIndependent) {
  Value value;
  Value copy;
  ASSERT_EQ(bp_value_create("q", nullptr, 0, nullptr, &value, nullptr), BP_OK);
  ASSERT_EQ(bp_value_set_int(value, 0, 7, nullptr), BP_OK);
  ASSERT_EQ(bp_value_copy(value, nullptr, &copy, nullptr), BP_OK);
  ASSERT_EQ(bp_value_set_int(value, 0, 8, nullptr), BP_OK);
  int64_t number = 0;
  EXPECT_EQ(bp_value_get_int(copy, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 7);
  EXPECT_EQ(bp_value_acquire(copy, 0, 0, nullptr, nullptr), BP_STATE) << "a copy is raw";
}

// SHM-30: a given lock is the same lock.
TEST(ValueTest, UsesTheLockThatItIsGiven) {
  Lock lock;
  Value value;
  Lock same;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  bp_object_options options = Options();
  options.lock = lock;
  ASSERT_EQ(bp_value_create("d", nullptr, 0, &options, &value, nullptr), BP_OK);
  ASSERT_EQ(bp_value_acquire(value, 0, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_holder(lock, nullptr), BP_HELD_BY_CALLER);
  ASSERT_EQ(bp_value_get_lock(value, &same, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_id(same), bp_lock_id(lock));
  Segment other;
  Value none;
  ASSERT_EQ(bp_segment_create(nullptr, &other, nullptr), BP_OK);
  options.segment = other;
  ExpectInvalid([&](bp_error** e) { return bp_value_create("d", nullptr, 0, &options, &none, e); },
                "options.lock");
}

// SHM-8, SHM-20, SHM-22
TEST(ValueTest, BadArgumentsAreNamed) {
  Value value;
  Value none;
  const char bytes[8] = {};
  ASSERT_EQ(bp_value_create("b", nullptr, 0, nullptr, &value, nullptr), BP_OK);
  ExpectInvalid([&](bp_error** e) { return bp_value_create("z", nullptr, 0, nullptr, &none, e); },
                "type");
  ExpectInvalid(
      [&](bp_error** e) { return bp_value_create(nullptr, nullptr, 0, nullptr, &none, e); },
      "type");
  ExpectInvalid([&](bp_error** e) { return bp_value_create("i", bytes, 3, nullptr, &none, e); },
                "size");
  ExpectInvalid([&](bp_error** e) { return bp_value_create("i", nullptr, 4, nullptr, &none, e); },
                "data");
  ExpectInvalid([&](bp_error** e) { return bp_value_set_int(value, 0, 128, e); }, "number");
  ExpectInvalid([&](bp_error** e) { return bp_value_set_int(value, 1, 1, e); }, "field");
  ExpectInvalid([&](bp_error** e) { return bp_value_get_int(value, 0, nullptr, e); }, "out");
  ExpectInvalid([&](bp_error** e) { return bp_value_set_bytes(value, bytes, 2, e); }, "size");
  ExpectInvalid([&](bp_error** e) { return bp_type_read("x", nullptr, nullptr, e); }, "type");
  uint64_t size = 0;
  uint32_t fields = 0;
  EXPECT_EQ(bp_type_read("x:d,n:i", &size, &fields, nullptr), BP_OK);
  EXPECT_EQ(size, 16u);
  EXPECT_EQ(fields, 2u);
}

// SHM-21, SHM-23, SHM-24
TEST(ArrayTest, ElementsRangesAndTexts) {
  Array array;
  const int16_t elements[4] = {1, 2, 3, 4};
  ASSERT_EQ(bp_array_create("h", 4, elements, sizeof elements, nullptr, &array, nullptr), BP_OK);
  EXPECT_EQ(bp_array_length(array), 4u);
  EXPECT_EQ(bp_array_size(array), 8u);
  int64_t number = 0;
  EXPECT_EQ(bp_array_get_int(array, -1, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 4);
  ExpectInvalid([&](bp_error** e) { return bp_array_get_int(array, 4, 0, &number, e); }, "index");
  bp_buffer buffer = {};
  ASSERT_EQ(bp_array_read(array, 1, 2, &buffer, nullptr), BP_OK);
  ASSERT_EQ(buffer.size, 4u);
  EXPECT_EQ(memcmp(buffer.data, elements + 1, 4), 0);
  bp_buffer_free(&buffer);
  ExpectInvalid([&](bp_error** e) { return bp_array_read(array, 1, 4, &buffer, e); }, "count");
  ExpectInvalid([&](bp_error** e) { return bp_array_write(array, 3, elements, 4, e); }, "size");
  ExpectInvalid([&](bp_error** e) { return bp_array_write(array, 0, elements, SIZE_MAX, e); },
                "size");
  EXPECT_EQ(bp_array_fill(array, 0, 4, elements + 2, 2, nullptr), BP_OK);
  int16_t read[4] = {};
  EXPECT_EQ(bp_array_read_into(array, 0, 4, read, sizeof read, nullptr), BP_OK);
  for (int16_t each : read) EXPECT_EQ(each, 3);
  ExpectInvalid([&](bp_error** e) { return bp_array_read_into(array, 0, 4, read, 7, e); },
                "capacity");
  ExpectInvalid([&](bp_error** e) { return bp_array_get_text(array, &buffer, e); }, "array");

  Array text;
  Array none;
  ASSERT_EQ(bp_array_create("c", 5, nullptr, 0, nullptr, &text, nullptr), BP_OK);
  EXPECT_EQ(bp_array_set_text(text, "hello", 5, nullptr), BP_OK);
  EXPECT_EQ(bp_array_set_text(text, "me", 2, nullptr), BP_OK);
  ASSERT_EQ(bp_array_get_text(text, &buffer, nullptr), BP_OK);
  EXPECT_EQ(std::string(static_cast<char*>(buffer.data), buffer.size), "me");
  bp_buffer_free(&buffer);
  EXPECT_EQ(memcmp(bp_array_data(text), "me\0lo", 5), 0);
  ExpectInvalid([&](bp_error** e) { return bp_array_set_text(text, "longer", 6, e); }, "size");
  EXPECT_EQ(Text([&](char* to, size_t n) { return bp_array_describe(text, to, n); }),
            "<SynchronizedString wrapper for c[5]>");
  EXPECT_EQ(Text([&](char* to, size_t n) { return bp_array_describe(array, to, n); }),
            "<SynchronizedArray wrapper for h[4]>");
  ExpectInvalid(
      [&](bp_error** e) { return bp_array_create("i", -1, nullptr, 0, nullptr, &none, e); },
      "length");
  EXPECT_EQ(bp_array_create("q", int64_t{1} << 40, nullptr, 0, nullptr, &none, nullptr),
            BP_TOO_LARGE);
  ASSERT_EQ(bp_array_create("i", 0, nullptr, 0, nullptr, &none, nullptr), BP_OK);
  EXPECT_EQ(bp_array_length(none), 0u);
}

// ---- ids, names, forks ----

// G-SHM-1: what a child makes, its parent uses.
TEST(IdTest, AChildAllocatesAndTheParentReads) {
  Segment segment;
  Memory id;
  ASSERT_EQ(bp_segment_create(nullptr, &segment, nullptr), BP_OK);
  bp_object_options options = Options();
  options.segment = segment;
  ASSERT_EQ(bp_memory_create(16, &options, &id, nullptr), BP_OK);
  auto* shared = static_cast<volatile uint64_t*>(bp_memory_data(id));
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    alarm(30);
    bp_array* array = nullptr;
    const double elements[2] = {1.5, 2.5};
    if (bp_array_create("d", 2, elements, sizeof elements, &options, &array, nullptr) != BP_OK) {
      _exit(1);
    }
    shared[0] = bp_array_id(array);
    while (shared[1] == 0) usleep(1000);
    _exit(0);
  }
  while (shared[0] == 0) usleep(1000);
  Array array;
  bp_lock* lock = nullptr;
  EXPECT_EQ(bp_array_attach(segment, shared[0], &array, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_attach(segment, shared[0], &lock, nullptr), BP_INVALID) << "another kind";
  shared[1] = 1;
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  double number = 0;
  EXPECT_EQ(bp_array_get_double(array, 1, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 2.5);
  EXPECT_EQ(bp_array_acquire(array, 0, kSecond, nullptr, nullptr), BP_OK);
  const uint64_t gone = bp_array_id(array);
  array.Drop();
  EXPECT_EQ(bp_segment_sweep(segment, nullptr), BP_OK);  // of the dead child's hold
  bp_array* none = nullptr;
  EXPECT_EQ(bp_array_attach(segment, gone, &none, nullptr), BP_NOT_FOUND);
  EXPECT_EQ(bp_array_attach(segment, 0, &none, nullptr), BP_NOT_FOUND);
}

TEST(IdTest, OfAnotherHandleToTheSameSegment) {
  Segment segment;
  Segment same;
  ASSERT_EQ(bp_segment_create(nullptr, &segment, nullptr), BP_OK);
  ASSERT_EQ(bp_segment_attach_fd(bp_segment_fd(segment), &same, nullptr), BP_OK);
  bp_object_options options = Options();
  options.segment = segment;
  Condition condition;
  Condition attached;
  RLock rlock;
  Value value;
  Value again;
  ASSERT_EQ(bp_condition_create(&options, &condition, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_attach(same, bp_condition_id(condition), &attached, nullptr), BP_OK);
  ASSERT_EQ(bp_rlock_attach(same, bp_condition_id(condition), &rlock, nullptr), BP_OK);
  ASSERT_EQ(bp_value_create("Q", nullptr, 0, &options, &value, nullptr), BP_OK);
  ASSERT_EQ(bp_value_attach(same, bp_value_id(value), &again, nullptr), BP_OK);
  int64_t before = -1;
  EXPECT_EQ(bp_value_fetch_add(value, 0, 3, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_value_fetch_add(again, 0, 4, &before, nullptr), BP_OK);
  EXPECT_EQ(before, 3);
  EXPECT_EQ(bp_value_compare_exchange(value, 0, 7, 9, &before, nullptr), BP_OK);
  EXPECT_EQ(before, 7);
  EXPECT_EQ(bp_value_exchange(again, 0, 1, &before, nullptr), BP_OK);
  EXPECT_EQ(before, 9);
  bp_segment* none = nullptr;
  ExpectInvalid([&](bp_error** e) { return bp_segment_attach_fd(-1, &none, e); }, "fd");
}

// The holder of a name, and those who open it, in two processes that are not related by the handle.
TEST(NameTest, ObjectsOfOneNameAreOne) {
  const std::string name = NameOfTest();
  bp_object_options options = Options();
  options.name = name.c_str();
  Lock lock;
  RLock rlock;
  Semaphore semaphore;
  Event event;
  Condition condition;
  Barrier barrier;
  Value value;
  Array array;
  Memory memory;
  const auto open_all = [&] {
    return bp_lock_create(&options, &lock, nullptr) == BP_OK &&
           bp_rlock_create(&options, &rlock, nullptr) == BP_OK &&
           bp_bounded_semaphore_create(2, &options, &semaphore, nullptr) == BP_OK &&
           bp_event_create(&options, &event, nullptr) == BP_OK &&
           bp_condition_create(&options, &condition, nullptr) == BP_OK &&
           bp_barrier_create(2, BP_FOREVER, &options, &barrier, nullptr) == BP_OK &&
           bp_value_create("i", nullptr, 0, &options, &value, nullptr) == BP_OK &&
           bp_array_create("d", 3, nullptr, 0, &options, &array, nullptr) == BP_OK &&
           bp_memory_create(100, &options, &memory, nullptr) == BP_OK;
  };
  int ready[2];
  int done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const pid_t pid = fork();  // before anything is made: it knows the name alone
  ASSERT_GE(pid, 0);
  char byte = 0;
  if (pid == 0) {
    alarm(60);
    if (read(ready[0], &byte, 1) != 1 || !open_all()) _exit(1);
    if (bp_lock_acquire(lock, 0, nullptr, nullptr) != BP_TIMEOUT) _exit(2);
    if (bp_rlock_acquire(rlock, 1, 0, nullptr, nullptr) != BP_TIMEOUT) _exit(3);
    if (bp_semaphore_value(semaphore) != 1) _exit(4);
    if (bp_event_is_set(event) != 1) _exit(5);
    if (bp_condition_acquire(condition, 0, 20 * kSecond, nullptr, nullptr) != BP_OK) _exit(6);
    if (bp_condition_notify_all(condition, 0, nullptr) != BP_OK) _exit(7);
    if (bp_condition_unlock(condition, 0, nullptr) != BP_OK) _exit(8);
    if (bp_value_fetch_add(value, 0, 1, nullptr, nullptr) != BP_OK) _exit(9);
    if (bp_array_set_double(array, -1, 0, 0.5, nullptr) != BP_OK) _exit(10);
    memcpy(bp_memory_data(memory), "from the child", 15);
    if (bp_barrier_wait(barrier, nullptr, nullptr, 20 * kSecond, nullptr, nullptr, nullptr) !=
        BP_OK) {
      _exit(11);
    }
    _exit(0);
  }
  ASSERT_TRUE(open_all());
  EXPECT_EQ(bp_lock_id(lock), 0u) << "a named object has no id";
  ASSERT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_rlock_acquire(rlock, 1, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_semaphore_acquire(semaphore, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_event_set(event, nullptr), BP_OK);
  ASSERT_EQ(bp_value_set_int(value, 0, 41, nullptr), BP_OK);
  ASSERT_EQ(bp_condition_acquire(condition, 0, 0, nullptr, nullptr), BP_OK);
  ASSERT_EQ(write(ready[1], "x", 1), 1);
  EXPECT_EQ(bp_condition_wait(condition, 0, 20 * kSecond, nullptr, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_barrier_wait(barrier, nullptr, nullptr, 20 * kSecond, nullptr, nullptr, nullptr),
            BP_OK);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  int64_t number = 0;
  double last = 0;
  EXPECT_EQ(bp_value_get_int(value, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 42);
  EXPECT_EQ(bp_array_get_double(array, 2, 0, &last, nullptr), BP_OK);
  EXPECT_EQ(last, 0.5);
  EXPECT_STREQ(static_cast<char*>(bp_memory_data(memory)), "from the child");
  for (int fd : {ready[0], ready[1], done[0], done[1]}) close(fd);
}

TEST(NameTest, AnotherShapeUnderTheNameIsRefused) {
  const std::string name = NameOfTest();
  bp_object_options options = Options();
  options.name = name.c_str();
  Semaphore semaphore;
  Barrier barrier;
  Value value;
  Array array;
  Memory memory;
  bp_semaphore* other_semaphore = nullptr;
  bp_barrier* other_barrier = nullptr;
  bp_value* other_value = nullptr;
  bp_array* other_array = nullptr;
  bp_memory* other_memory = nullptr;
  ASSERT_EQ(bp_bounded_semaphore_create(2, &options, &semaphore, nullptr), BP_OK);
  ASSERT_EQ(bp_barrier_create(2, 0, &options, &barrier, nullptr), BP_OK);
  ASSERT_EQ(bp_value_create("i", nullptr, 0, &options, &value, nullptr), BP_OK);
  ASSERT_EQ(bp_array_create("i", 2, nullptr, 0, &options, &array, nullptr), BP_OK);
  ASSERT_EQ(bp_memory_create(8, &options, &memory, nullptr), BP_OK);
  EXPECT_EQ(bp_bounded_semaphore_create(3, &options, &other_semaphore, nullptr), BP_EXISTS);
  EXPECT_EQ(bp_barrier_create(3, 0, &options, &other_barrier, nullptr), BP_EXISTS);
  EXPECT_EQ(bp_value_create("d", nullptr, 0, &options, &other_value, nullptr), BP_EXISTS);
  EXPECT_EQ(bp_array_create("i", 3, nullptr, 0, &options, &other_array, nullptr), BP_EXISTS);
  EXPECT_EQ(bp_memory_create(9, &options, &other_memory, nullptr), BP_EXISTS);
}

TEST(NameTest, NamesThatAreNone) {
  bp_object_options options = Options();
  const std::string too_long(201, 'x');
  Lock lock;
  Segment segment;
  for (const char* name : {"", "a/b", too_long.c_str()}) {
    options.name = name;
    ExpectInvalid([&](bp_error** e) { return bp_lock_create(&options, &lock, e); }, "name");
    ExpectInvalid([&](bp_error** e) { return bp_segment_open(name, nullptr, &segment, e); },
                  "name");
  }
}

TEST(OptionsTest, ContradictionsAndUnknownFlagsAreNamed) {
  Segment segment;
  Lock lock;
  RLock rlock;
  Value value;
  Condition condition;
  ASSERT_EQ(bp_segment_create(nullptr, &segment, nullptr), BP_OK);
  bp_object_options options = Options();
  options.flags = BP_TRACKED;
  ExpectInvalid([&](bp_error** e) { return bp_lock_create(&options, &lock, e); }, "options.flags");
  options = Options();
  options.segment = segment;
  options.name = "name";
  ExpectInvalid([&](bp_error** e) { return bp_lock_create(&options, &lock, e); },
                "options.segment");
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  ASSERT_EQ(bp_rlock_create(nullptr, &rlock, nullptr), BP_OK);
  options = Options();
  options.lock = lock;
  bp_event* event = nullptr;
  ExpectInvalid([&](bp_error** e) { return bp_event_create(&options, &event, e); }, "options.lock");
  options.rlock = rlock;
  ExpectInvalid([&](bp_error** e) { return bp_condition_create(&options, &condition, e); },
                "options.lock");
  options.rlock = nullptr;
  options.flags = BP_NO_LOCK;
  ExpectInvalid([&](bp_error** e) { return bp_value_create("i", nullptr, 0, &options, &value, e); },
                "options.lock");
  options = Options();
  options.size = 3;
  ExpectInvalid([&](bp_error** e) { return bp_event_create(&options, &event, e); }, "options.size");
}

// Design D2: the parent's release is the parent's alone.
TEST(ForkTest, AChildKeepsWhatItsParentReleases) {
  Lock lock;
  Value value;
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  ASSERT_EQ(bp_value_create("i", nullptr, 0, nullptr, &value, nullptr), BP_OK);
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    alarm(30);
    char byte = 0;
    int64_t number = 0;
    const bool fine = read(go[0], &byte, 1) == 1 &&
                      bp_lock_acquire(lock, 0, nullptr, nullptr) == BP_OK &&
                      bp_value_fetch_add(value, 0, 2, nullptr, nullptr) == BP_OK &&
                      bp_value_get_int(value, 0, &number, nullptr) == BP_OK && number == 2 &&
                      bp_value_acquire(value, 0, 0, nullptr, nullptr) == BP_OK;
    lock.Drop();
    value.Drop();
    _exit(fine ? 0 : 1);
  }
  lock.Drop();
  value.Drop();
  // Whoever reused the memory would be seen by the child.
  Value others[4];
  for (Value& other : others) {
    ASSERT_EQ(bp_value_create("i", "\1\1\1\1", 4, nullptr, &other, nullptr), BP_OK);
  }
  ASSERT_EQ(write(go[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  close(go[0]);
  close(go[1]);
}

// G-SHM-2
TEST(SegmentTest, StatisticsReturnToTheirBaselineAfterADeath) {
  Segment segment;
  bp_segment_stats before = {};
  bp_segment_stats after = {};
  before.size = sizeof before;
  after.size = sizeof after;
  ASSERT_EQ(bp_segment_create(nullptr, &segment, nullptr), BP_OK);
  ASSERT_EQ(bp_segment_get_stats(segment, &before, nullptr), BP_OK);
  EXPECT_GT(before.max_bytes, 0u);
  InChild([&] {
    bp_object_options options = Options();
    options.segment = segment;
    for (int i = 0; i < 10; ++i) {
      bp_array* leaked = nullptr;
      if (bp_array_create("q", 1000, nullptr, 0, &options, &leaked, nullptr) != BP_OK) return false;
    }
    return bp_segment_get_stats(segment, &after, nullptr) == BP_OK && after.objects == 10;
  });
  EXPECT_EQ(bp_segment_sweep(segment, nullptr), BP_OK);
  ASSERT_EQ(bp_segment_get_stats(segment, &after, nullptr), BP_OK);
  EXPECT_EQ(after.objects, before.objects);
  EXPECT_EQ(after.bytes_in_use, before.bytes_in_use);
}

// SHM-26, SHM-40
TEST(MemoryTest, BlocksAreZeroedAlignedAndApart) {
  Memory first;
  Memory second;
  Memory empty;
  Memory none;
  ASSERT_EQ(bp_memory_create(100, nullptr, &first, nullptr), BP_OK);
  ASSERT_EQ(bp_memory_create(100, nullptr, &second, nullptr), BP_OK);
  ASSERT_EQ(bp_memory_create(0, nullptr, &empty, nullptr), BP_OK);
  EXPECT_EQ(bp_memory_size(first), 100u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(bp_memory_data(first)) % 64, 0u);
  memset(bp_memory_data(first), 0xff, 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(static_cast<char*>(bp_memory_data(second))[i], 0);
  EXPECT_EQ(bp_memory_size(empty), 0u);
  ExpectInvalid([&](bp_error** e) { return bp_memory_create(-1, nullptr, &none, e); }, "bytes");
  EXPECT_EQ(bp_memory_create((int64_t{1} << 30) + 1, nullptr, &none, nullptr), BP_TOO_LARGE);
}

}  // namespace
}  // namespace billiard
