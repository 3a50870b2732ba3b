// Every call of shared objects and queues that blocks, interrupted: by a token that was raised before, by one
// that is raised while it sleeps, and, for events, by a set in a signal handler of the waiting thread.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <ostream>
#include <string>
#include <thread>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

constexpr int64_t kForever = BP_FOREVER;
constexpr uint64_t kHolder = 1;  // owner tokens
constexpr uint64_t kOther = 2;

// One of each, in a state in which the calls below have to wait.
struct Objects {
  bp_lock* lock = nullptr;
  bp_rlock* rlock = nullptr;
  bp_semaphore* semaphore = nullptr;
  bp_semaphore* tracked = nullptr;
  bp_condition* condition = nullptr;
  bp_condition* begun = nullptr;
  bp_waiter* waiter = nullptr;  // of `begun`, whose lock somebody else has
  bp_event* event = nullptr;
  bp_barrier* barrier = nullptr;
  bp_barrier* arrived = nullptr;
  bp_arrival* arrival = nullptr;  // at `arrived`
  bp_value* value = nullptr;
  bp_array* array = nullptr;
  bp_queue* empty = nullptr;
  bp_queue* full = nullptr;
  bp_reservation* reservation = nullptr;  // of `full`

  Objects() {
    bp_object_options tracks;
    bp_object_options_init(&tracks, sizeof tracks);
    tracks.flags = BP_TRACKED;
    bp_queue_options options;
    bp_queue_options_init(&options, sizeof options);
    options.joinable = 1;
    options.capacity = 1;
    void* data = nullptr;
    const bp_status made[] = {
        bp_lock_create(nullptr, &lock, nullptr),
        bp_lock_acquire(lock, 0, nullptr, nullptr),
        bp_rlock_create(nullptr, &rlock, nullptr),
        bp_rlock_acquire(rlock, kHolder, 0, nullptr, nullptr),
        bp_semaphore_create(0, nullptr, &semaphore, nullptr),
        bp_bounded_semaphore_create(1, &tracks, &tracked, nullptr),
        bp_semaphore_acquire(tracked, 0, nullptr, nullptr),
        bp_condition_create(nullptr, &condition, nullptr),
        bp_condition_acquire(condition, kHolder, 0, nullptr, nullptr),
        bp_condition_create(nullptr, &begun, nullptr),
        bp_condition_acquire(begun, kOther, 0, nullptr, nullptr),
        bp_condition_begin_wait(begun, kOther, &waiter, nullptr),
        bp_condition_acquire(begun, kHolder, 0, nullptr, nullptr),
        bp_event_create(nullptr, &event, nullptr),
        bp_barrier_create(2, kForever, nullptr, &barrier, nullptr),
        bp_barrier_create(2, kForever, nullptr, &arrived, nullptr),
        bp_barrier_arrive(arrived, 0, nullptr, &arrival, nullptr),
        bp_value_create("i", nullptr, 0, nullptr, &value, nullptr),
        bp_value_acquire(value, kHolder, 0, nullptr, nullptr),
        bp_array_create("i", 3, nullptr, 0, nullptr, &array, nullptr),
        bp_array_acquire(array, kHolder, 0, nullptr, nullptr),
        bp_queue_create(nullptr, &empty, nullptr),
        bp_queue_create(&options, &full, nullptr),
        bp_queue_put(full, "x", 1, BP_FORMAT_RAW, 0, nullptr, nullptr),
        bp_queue_reserve(full, 1, &reservation, &data, nullptr),
    };
    for (const bp_status status : made) EXPECT_EQ(status, BP_OK);
  }
  ~Objects() {
    bp_waiter_release(waiter);
    bp_arrival_release(arrival);
    bp_reservation_release(reservation);
    bp_lock_release(lock);
    bp_rlock_release(rlock);
    bp_semaphore_release(semaphore);
    bp_semaphore_release(tracked);
    bp_condition_release(condition);
    bp_condition_release(begun);
    bp_event_release(event);
    bp_barrier_release(barrier);
    bp_barrier_release(arrived);
    bp_value_release(value);
    bp_array_release(array);
    bp_queue_release(empty);
    bp_queue_release(full);
  }
};

struct Call {
  const char* name;
  bp_status (*wait)(const Objects& its, bp_interrupt* interrupt);
};
std::ostream& operator<<(std::ostream& out, const Call& call) { return out << call.name; }

bp_buffer buffer_of_test;
bp_message* message_of_test;
size_t count_of_test;

const Call kCalls[] = {
    {"lock_acquire",
     [](auto& its, auto* token) { return bp_lock_acquire(its.lock, kForever, token, nullptr); }},
    {"lock_wait",
     [](auto& its, auto* token) { return bp_lock_wait(its.lock, kForever, token, nullptr); }},
    {"rlock_acquire",
     [](auto& its, auto* token) {
       return bp_rlock_acquire(its.rlock, kOther, kForever, token, nullptr);
     }},
    {"rlock_wait",
     [](auto& its, auto* token) {
       return bp_rlock_wait(its.rlock, kOther, kForever, token, nullptr);
     }},
    {"semaphore_acquire",
     [](auto& its, auto* token) {
       return bp_semaphore_acquire(its.semaphore, kForever, token, nullptr);
     }},
    {"semaphore_wait",
     [](auto& its, auto* token) {
       return bp_semaphore_wait(its.semaphore, kForever, token, nullptr);
     }},
    {"tracked_semaphore_acquire",
     [](auto& its, auto* token) {
       return bp_semaphore_acquire(its.tracked, kForever, token, nullptr);
     }},
    {"tracked_semaphore_wait",
     [](auto& its, auto* token) {
       return bp_semaphore_wait(its.tracked, kForever, token, nullptr);
     }},
    {"condition_acquire",
     [](auto& its, auto* token) {
       return bp_condition_acquire(its.condition, kOther, kForever, token, nullptr);
     }},
    {"condition_wait_lock",
     [](auto& its, auto* token) {
       return bp_condition_wait_lock(its.condition, kOther, kForever, token, nullptr);
     }},
    {"condition_wait",
     [](auto& its, auto* token) {
       const bp_status status =
           bp_condition_wait(its.condition, kHolder, kForever, token, nullptr, nullptr);
       EXPECT_EQ(bp_condition_unlock(its.condition, kHolder, nullptr), BP_OK) << "held again";
       return status;
     }},
    {"condition_wait_for",
     [](auto& its, auto* token) {
       const auto never = [](void*) { return 0; };
       const bp_status status = bp_condition_wait_for(its.condition, kHolder, never, nullptr,
                                                      kForever, token, nullptr, nullptr);
       EXPECT_EQ(bp_condition_unlock(its.condition, kHolder, nullptr), BP_OK) << "held again";
       return status;
     }},
    {"waiter_wait",
     [](auto& its, auto* token) { return bp_waiter_wait(its.waiter, kForever, token, nullptr); }},
    {"waiter_end",
     [](auto& its, auto* token) {
       return bp_waiter_end(its.waiter, kForever, token, nullptr, nullptr);
     }},
    {"waiter_wait_lock",
     [](auto& its, auto* token) {
       return bp_waiter_wait_lock(its.waiter, kForever, token, nullptr);
     }},
    {"event_wait",
     [](auto& its, auto* token) { return bp_event_wait(its.event, kForever, token, nullptr); }},
    {"event_wait_since",
     [](auto& its, auto* token) {
       return bp_event_wait_since(its.event, bp_event_times_set(its.event), kForever, token,
                                  nullptr);
     }},
    {"barrier_wait",
     [](auto& its, auto* token) {
       return bp_barrier_wait(its.barrier, nullptr, nullptr, kForever, token, nullptr, nullptr);
     }},
    {"arrival_wait",
     [](auto& its, auto* token) { return bp_arrival_wait(its.arrival, kForever, token, nullptr); }},
    {"value_wait",
     [](auto& its, auto* token) {
       return bp_value_wait(its.value, 0, 0, kForever, token, nullptr);
     }},
    {"value_acquire",
     [](auto& its, auto* token) {
       return bp_value_acquire(its.value, kOther, kForever, token, nullptr);
     }},
    {"value_wait_lock",
     [](auto& its, auto* token) {
       return bp_value_wait_lock(its.value, kOther, kForever, token, nullptr);
     }},
    {"array_wait",
     [](auto& its, auto* token) {
       return bp_array_wait(its.array, 2, 0, 0, kForever, token, nullptr);
     }},
    {"array_acquire",
     [](auto& its, auto* token) {
       return bp_array_acquire(its.array, kOther, kForever, token, nullptr);
     }},
    {"array_wait_lock",
     [](auto& its, auto* token) {
       return bp_array_wait_lock(its.array, kOther, kForever, token, nullptr);
     }},
    {"queue_get",
     [](auto& its, auto* token) {
       return bp_queue_get(its.empty, kForever, token, &buffer_of_test, nullptr);
     }},
    {"queue_get_batch",
     [](auto& its, auto* token) {
       return bp_queue_get_batch(its.empty, kForever, token, &buffer_of_test, 1, &count_of_test,
                                 nullptr);
     }},
    {"queue_take",
     [](auto& its, auto* token) {
       return bp_queue_take(its.empty, kForever, token, &message_of_test, nullptr);
     }},
    {"queue_wait_get",
     [](auto& its, auto* token) { return bp_queue_wait_get(its.empty, kForever, token, nullptr); }},
    {"queue_put",
     [](auto& its, auto* token) {
       return bp_queue_put(its.full, "y", 1, BP_FORMAT_RAW, kForever, token, nullptr);
     }},
    {"queue_put_batch",
     [](auto& its, auto* token) {
       const bp_view message = {"y", 1, BP_FORMAT_RAW};
       return bp_queue_put_batch(its.full, &message, 1, kForever, token, &count_of_test, nullptr);
     }},
    {"queue_commit",
     [](auto& its, auto* token) {
       return bp_queue_commit(its.reservation, 1, BP_FORMAT_RAW, kForever, token, nullptr);
     }},
    {"queue_wait_put",
     [](auto& its, auto* token) { return bp_queue_wait_put(its.full, kForever, token, nullptr); }},
    {"queue_join",
     [](auto& its, auto* token) { return bp_queue_join(its.full, kForever, token, nullptr); }},
};

class InterruptedWaitTest : public ::testing::TestWithParam<Call> {
 protected:
  InterruptedWaitTest() { EXPECT_EQ(bp_interrupt_create(&interrupt_, nullptr), BP_OK); }
  ~InterruptedWaitTest() override { bp_interrupt_release(interrupt_); }

  testing::Watchdog watchdog_{120};
  Objects objects_;
  bp_interrupt* interrupt_ = nullptr;
};

TEST_P(InterruptedWaitTest, ByATokenThatWasRaisedBefore) {
  bp_interrupt_raise(interrupt_);
  EXPECT_EQ(GetParam().wait(objects_, interrupt_), BP_INTERRUPTED);
}

TEST_P(InterruptedWaitTest, ByATokenThatIsRaisedWhileItSleeps) {
  std::atomic<pid_t> thread{0};
  std::atomic<bp_status> status{BP_OK};
  std::thread waiter([&] {
    thread = static_cast<pid_t>(syscall(SYS_gettid));
    status = GetParam().wait(objects_, interrupt_);
  });
  while (thread == 0) sched_yield();
  testing::AwaitSleeping(thread);
  bp_interrupt_raise(interrupt_);
  waiter.join();
  EXPECT_EQ(status, BP_INTERRUPTED);
}

INSTANTIATE_TEST_SUITE_P(EveryCall, InterruptedWaitTest, ::testing::ValuesIn(kCalls),
                         [](const auto& call) { return std::string(call.param.name); });

bp_event* event_of_handler = nullptr;
std::atomic<int> failures_of_handler{0};

// SYNC-53: by the thread that waits, wherever it is in its wait.
TEST(EventInHandlerTest, SetEndsTheWaitThatItInterrupts) {
  testing::Watchdog watchdog(120);
  bp_event* event = nullptr;
  ASSERT_EQ(bp_event_create(nullptr, &event, nullptr), BP_OK);
  event_of_handler = event;
  struct sigaction action = {};
  action.sa_handler = [](int) {
    if (bp_event_set(event_of_handler, nullptr) != BP_OK) ++failures_of_handler;
    if (bp_event_is_set(event_of_handler) != 1) ++failures_of_handler;
    if (bp_event_clear(event_of_handler, nullptr) != BP_OK) ++failures_of_handler;
  };
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  constexpr int kRounds = 200;
  std::atomic<int> waited{0};
  std::thread waiter([&] {
    for (int round = 0; round < kRounds; ++round) {
      EXPECT_EQ(bp_event_wait(event, kForever, nullptr, nullptr), BP_OK);
      ++waited;
    }
  });
  while (waited < kRounds) {
    pthread_kill(waiter.native_handle(), SIGUSR1);
    sched_yield();
  }
  waiter.join();
  EXPECT_EQ(failures_of_handler, 0);
  signal(SIGUSR1, SIG_DFL);
  bp_event_release(event);
}

// A token raised in a handler, too: the usual way of Ctrl-C.
bp_interrupt* interrupt_of_handler = nullptr;

TEST(InterruptInHandlerTest, EndsTheWaitThatItInterrupts) {
  testing::Watchdog watchdog(120);
  bp_lock* lock = nullptr;
  ASSERT_EQ(bp_interrupt_create(&interrupt_of_handler, nullptr), BP_OK);
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  ASSERT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  struct sigaction action = {};
  action.sa_handler = [](int) { bp_interrupt_raise(interrupt_of_handler); };
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  for (int round = 0; round < 50; ++round) {
    std::atomic<bool> over{false};
    std::thread waiter([&] {
      EXPECT_EQ(bp_lock_acquire(lock, kForever, interrupt_of_handler, nullptr), BP_INTERRUPTED);
      over = true;
    });
    for (int i = 0; i < round; ++i) sched_yield();
    pthread_kill(waiter.native_handle(), SIGUSR1);
    waiter.join();
    EXPECT_TRUE(over);
    bp_interrupt_reset(interrupt_of_handler);
  }
  signal(SIGUSR1, SIG_DFL);
  bp_lock_release(lock);
  bp_interrupt_release(interrupt_of_handler);
}

}  // namespace
}  // namespace billiard
