// Objects that one process hands to another: by what it writes into a message, with no fork in between.
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/object_handles.h"

namespace billiard {
namespace {

constexpr int64_t kPatience = 20'000'000'000;

// What the receiver learns: ids of a lock and of a value in the segment, and the name of another queue.
struct Letter {
  uint64_t lock;
  uint64_t value;
  char queue[64];
};

class HandOverTest : public testing::Test {
 protected:
  std::string Name(const std::string& what) const {
    return "hand_over_test-" + std::to_string(maker_) + "-" + what;
  }
  // The receiver; it exits with the number of the step that failed.
  void Receive() const {
    Segment segment;
    Queue letters;
    Queue answers;
    Lock lock;
    Value value;
    bp_buffer buffer = {};
    Letter letter = {};
    if (bp_segment_open(Name("segment").c_str(), nullptr, &segment, nullptr) != BP_OK) _exit(1);
    if (bp_queue_open(Name("letters").c_str(), nullptr, &letters, nullptr) != BP_OK) _exit(2);
    if (bp_queue_get(letters, kPatience, nullptr, &buffer, nullptr) != BP_OK) _exit(3);
    if (buffer.size != sizeof letter) _exit(4);
    memcpy(&letter, buffer.data, sizeof letter);
    bp_buffer_free(&buffer);
    if (bp_lock_attach(segment, letter.lock, &lock, nullptr) != BP_OK) _exit(5);
    if (bp_value_attach(segment, letter.value, &value, nullptr) != BP_OK) _exit(6);
    if (bp_queue_open(letter.queue, nullptr, &answers, nullptr) != BP_OK) _exit(7);
    if (bp_lock_acquire(lock, 0, nullptr, nullptr) != BP_TIMEOUT) _exit(8);
    if (bp_value_fetch_add(value, 0, 1, nullptr, nullptr) != BP_OK) _exit(9);
    if (bp_queue_put(answers, "added", 5, BP_FORMAT_RAW, 0, nullptr, nullptr) != BP_OK) _exit(10);
    if (bp_lock_acquire(lock, kPatience, nullptr, nullptr) != BP_OK) _exit(11);
    if (bp_value_fetch_add(value, 0, 1, nullptr, nullptr) != BP_OK) _exit(12);
    if (bp_lock_unlock(lock, nullptr) != BP_OK) _exit(13);
    _exit(0);
  }

  const pid_t maker_ = getpid();
};

// SYNC-5, QUEUE-16, SHM-36
TEST_F(HandOverTest, ALockAValueAndAQueueTravelInAMessage) {
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  const pid_t pid = fork();  // before anything is made: it inherits nothing
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    alarm(60);
    char byte = 0;
    if (read(go[0], &byte, 1) != 1) _exit(100);
    Receive();
  }
  Segment segment;
  Queue letters;
  Queue answers;
  Lock lock;
  Value value;
  bp_object_options options;
  bp_object_options_init(&options, sizeof options);
  ASSERT_EQ(bp_segment_open(Name("segment").c_str(), nullptr, &segment, nullptr), BP_OK);
  ASSERT_EQ(bp_queue_open(Name("letters").c_str(), nullptr, &letters, nullptr), BP_OK);
  ASSERT_EQ(bp_queue_open(Name("answers").c_str(), nullptr, &answers, nullptr), BP_OK);
  options.segment = segment;
  const int32_t forty = 40;
  ASSERT_EQ(bp_lock_create(&options, &lock, nullptr), BP_OK);
  ASSERT_EQ(bp_value_create("i", &forty, sizeof forty, &options, &value, nullptr), BP_OK);
  ASSERT_EQ(bp_lock_acquire(lock, 0, nullptr, nullptr), BP_OK);
  Letter letter = {bp_lock_id(lock), bp_value_id(value), ""};
  ASSERT_LT(Name("answers").size(), sizeof letter.queue);
  strcpy(letter.queue, Name("answers").c_str());
  ASSERT_EQ(bp_queue_put(letters, &letter, sizeof letter, BP_FORMAT_RAW, 0, nullptr, nullptr),
            BP_OK);
  ASSERT_EQ(write(go[1], "x", 1), 1);
  bp_buffer answer = {};
  ASSERT_EQ(bp_queue_get(answers, kPatience, nullptr, &answer, nullptr), BP_OK);
  EXPECT_EQ(std::string(static_cast<char*>(answer.data), answer.size), "added");
  bp_buffer_free(&answer);
  int64_t number = 0;
  EXPECT_EQ(bp_value_get_int(value, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 41) << "it has not had the lock yet";
  ASSERT_EQ(bp_lock_unlock(lock, nullptr), BP_OK);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0) << "the receiver's exit";
  EXPECT_EQ(bp_value_get_int(value, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 42);
  close(go[0]);
  close(go[1]);
}

}  // namespace
}  // namespace billiard
