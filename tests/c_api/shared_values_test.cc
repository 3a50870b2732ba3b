// Values, arrays and structures that a child changes; with a lock and without.
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/object_handles.h"

namespace billiard {
namespace {

bp_object_options Options(uint32_t flags) {
  bp_object_options options;
  bp_object_options_init(&options, sizeof options);
  options.flags = flags;
  return options;
}

// With a lock of its own, and raw.
class SharedValuesTest : public testing::TestWithParam<uint32_t> {
 protected:
  void MakeValue(const char* type, const void* data, size_t size, bp_value** value) {
    ASSERT_EQ(bp_value_create(type, data, size, &options_, value, nullptr), BP_OK);
  }
  void MakeArray(const char* type, int64_t length, const void* data, size_t size,
                 bp_array** array) {
    ASSERT_EQ(bp_array_create(type, length, data, size, &options_, array, nullptr), BP_OK);
  }
  bool raw() const { return GetParam() == BP_NO_LOCK; }

  const bp_object_options options_ = Options(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Locks, SharedValuesTest, testing::Values(0, BP_NO_LOCK),
                         [](const auto& flags) { return flags.param == 0 ? "Locked" : "Raw"; });

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

int64_t IntOf(const Value& value, uint32_t field = 0) {
  int64_t number = 0;
  EXPECT_EQ(bp_value_get_int(value, field, &number, nullptr), BP_OK);
  return number;
}
double DoubleOf(const Value& value, uint32_t field = 0) {
  double number = 0;
  EXPECT_EQ(bp_value_get_double(value, field, &number, nullptr), BP_OK);
  return number;
}

// SHM-25; test_value, test_rawvalue of the reference
TEST_P(SharedValuesTest, StoresOfAChildAreSeen) {
  const int32_t i = 4343;
  const double d = 3.625;
  const int16_t h = -232;
  Value integer;
  Value real;
  Value small;
  Value character;
  MakeValue("i", &i, sizeof i, &integer);
  MakeValue("d", &d, sizeof d, &real);
  MakeValue("h", &h, sizeof h, &small);
  MakeValue("c", "x", 1, &character);
  EXPECT_EQ(IntOf(integer), 4343);
  EXPECT_EQ(DoubleOf(real), 3.625);
  EXPECT_EQ(IntOf(small), -232);
  EXPECT_EQ(IntOf(character), 'x');
  InChild([&] {
    return bp_value_set_int(integer, 0, 24234, nullptr) == BP_OK &&
           bp_value_set_double(real, 0, -0.5, nullptr) == BP_OK &&
           bp_value_set_int(small, 0, 3, nullptr) == BP_OK &&
           bp_value_set_int(character, 0, 'y', nullptr) == BP_OK;
  });
  EXPECT_EQ(IntOf(integer), 24234);
  EXPECT_EQ(DoubleOf(real), -0.5);
  EXPECT_EQ(IntOf(small), 3);
  EXPECT_EQ(IntOf(character), 'y');
}

// SHM-26; test_issue_229 of the reference
TEST_P(SharedValuesTest, TwoValuesAreTwo) {
  Value first;
  Value second;
  MakeValue("i", nullptr, 0, &first);
  MakeValue("i", nullptr, 0, &second);
  ASSERT_EQ(bp_value_set_int(first, 0, 7, nullptr), BP_OK);
  EXPECT_EQ(IntOf(second), 0);
}

// SHM-30; test_getobj_getlock of the reference
TEST_P(SharedValuesTest, HasALockUnlessItIsRaw) {
  Value value;
  Array array;
  MakeValue("i", nullptr, 0, &value);
  MakeArray("i", 3, nullptr, 0, &array);
  RLock of_value;
  RLock of_array;
  const bp_status expected = raw() ? BP_NOT_FOUND : BP_OK;
  EXPECT_EQ(bp_value_get_rlock(value, &of_value, nullptr), expected);
  EXPECT_EQ(bp_array_get_rlock(array, &of_array, nullptr), expected);
  EXPECT_EQ(bp_value_acquire(value, 0, 0, nullptr, nullptr), raw() ? BP_STATE : BP_OK);
  EXPECT_EQ(bp_array_acquire(array, 0, 0, nullptr, nullptr), raw() ? BP_STATE : BP_OK);
  if (!raw()) {
    EXPECT_EQ(bp_rlock_holder(of_value, 0, nullptr), BP_HELD_BY_CALLER);
    EXPECT_EQ(bp_rlock_holder(of_array, 0, nullptr), BP_HELD_BY_CALLER);
  }
}

// SHM-30
TEST(GivenLockTest, OfAnArrayIsTheSameLock) {
  Lock lock;
  Lock same;
  Array array;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  bp_object_options options = Options(0);
  options.lock = lock;
  ASSERT_EQ(bp_array_create("d", 2, nullptr, 0, &options, &array, nullptr), BP_OK);
  ASSERT_EQ(bp_array_acquire(array, 0, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_holder(lock, nullptr), BP_HELD_BY_CALLER);
  ASSERT_EQ(bp_array_get_lock(array, &same, nullptr), BP_OK);
  EXPECT_EQ(bp_lock_id(same), bp_lock_id(lock));
}

std::vector<int32_t> Elements(const Array& array) {
  std::vector<int32_t> elements(bp_array_length(array));
  EXPECT_EQ(bp_array_read_into(array, 0, static_cast<int64_t>(elements.size()), elements.data(),
                               elements.size() * 4, nullptr),
            BP_OK);
  return elements;
}

// SHM-21, SHM-23, SHM-25; test_array and test_rawarray of the reference
TEST_P(SharedValuesTest, AnArrayIsIndexedSlicedAndSummedByAChild) {
  std::vector<int32_t> expected = {680, 626, 934, 821, 150, 233, 548, 982, 714, 831};
  Array array;
  MakeArray("i", 10, expected.data(), 40, &array);
  EXPECT_EQ(bp_array_length(array), 10u);
  EXPECT_EQ(Elements(array), expected);
  const int32_t slice[] = {41, 42, 43};
  ASSERT_EQ(bp_array_write(array, 4, slice, sizeof slice, nullptr), BP_OK);
  memcpy(&expected[4], slice, sizeof slice);
  EXPECT_EQ(Elements(array), expected);
  InChild([&] {
    int64_t sum = 0;
    for (int64_t i = 0; i < 10; ++i) {
      int64_t number = 0;
      if (bp_array_get_int(array, i, 0, &number, nullptr) != BP_OK) return false;
      sum += number;
      if (bp_array_set_int(array, i, 0, sum, nullptr) != BP_OK) return false;
    }
    return true;
  });
  for (size_t i = 1; i < expected.size(); ++i) expected[i] += expected[i - 1];
  EXPECT_EQ(Elements(array), expected);
}

// SHM-9, SHM-24, SHM-31, SHM-32; test_sharedctypes and test_synchronize of the reference
TEST_P(SharedValuesTest, AChildDoublesThemAll) {
  const int32_t seven = 7;
  const double third = 1.0 / 3;
  Value integer;
  Value real;
  Value point;
  Array reals;
  Array text;
  MakeValue("i", &seven, sizeof seven, &integer);
  MakeValue("d", &third, sizeof third, &real);
  MakeValue("x:i,y:d", nullptr, 0, &point);
  MakeArray("d", 10, nullptr, 0, &reals);
  MakeArray("c", 20, nullptr, 0, &text);
  ASSERT_EQ(bp_value_set_int(point, 0, 3, nullptr), BP_OK);
  ASSERT_EQ(bp_value_set_double(point, 1, 2.5, nullptr), BP_OK);
  for (int64_t i = 0; i < 10; ++i) {
    ASSERT_EQ(bp_array_set_double(reals, i, 0, static_cast<double>(i), nullptr), BP_OK);
  }
  ASSERT_EQ(bp_array_set_text(text, "hello", 5, nullptr), BP_OK);
  InChild([&] {
    if (!raw() && bp_value_acquire(integer, 0, 0, nullptr, nullptr) != BP_OK) return false;
    bool done = bp_value_set_int(integer, 0, 2 * IntOf(integer), nullptr) == BP_OK &&
                bp_value_set_double(real, 0, 2 * DoubleOf(real), nullptr) == BP_OK &&
                bp_value_set_int(point, 0, 2 * IntOf(point, 0), nullptr) == BP_OK &&
                bp_value_set_double(point, 1, 2 * DoubleOf(point, 1), nullptr) == BP_OK;
    for (int64_t i = 0; i < 10; ++i) {
      double number = 0;
      done = done && bp_array_get_double(reals, i, 0, &number, nullptr) == BP_OK &&
             bp_array_set_double(reals, i, 0, 2 * number, nullptr) == BP_OK;
    }
    bp_buffer buffer = {};
    if (bp_array_get_text(text, &buffer, nullptr) != BP_OK) return false;
    const std::string once(static_cast<char*>(buffer.data), buffer.size);
    bp_buffer_free(&buffer);
    done = done && bp_array_set_text(text, (once + once).data(), 2 * once.size(), nullptr) == BP_OK;
    return done && (raw() || bp_value_unlock(integer, 0, nullptr) == BP_OK);
  });
  EXPECT_EQ(IntOf(integer), 14);
  EXPECT_EQ(DoubleOf(real), 2 * third);
  EXPECT_EQ(IntOf(point, 0), 6);
  EXPECT_EQ(DoubleOf(point, 1), 5.0);
  for (int64_t i = 0; i < 10; ++i) {
    double number = 0;
    ASSERT_EQ(bp_array_get_double(reals, i, 0, &number, nullptr), BP_OK);
    EXPECT_EQ(number, 2.0 * static_cast<double>(i));
  }
  bp_buffer buffer = {};
  ASSERT_EQ(bp_array_get_text(text, &buffer, nullptr), BP_OK);
  EXPECT_EQ(std::string(static_cast<char*>(buffer.data), buffer.size), "hellohello");
  bp_buffer_free(&buffer);
}

// SHM-35; test_copy of the reference
TEST_P(SharedValuesTest, CopiesOfStructuresAndArraysAreIndependent) {
  Value point;
  Value copy;
  MakeValue("x:i,y:d", nullptr, 0, &point);
  ASSERT_EQ(bp_value_set_int(point, 0, 3, nullptr), BP_OK);
  ASSERT_EQ(bp_value_set_double(point, 1, 2.5, nullptr), BP_OK);
  ASSERT_EQ(bp_value_copy(point, nullptr, &copy, nullptr), BP_OK);
  ASSERT_EQ(bp_value_set_int(point, 0, 0, nullptr), BP_OK);
  ASSERT_EQ(bp_value_set_double(point, 1, 0, nullptr), BP_OK);
  EXPECT_EQ(IntOf(copy, 0), 3);
  EXPECT_EQ(DoubleOf(copy, 1), 2.5);
  const std::vector<int32_t> elements = {1, 2, 3};
  Array array;
  Array other;
  MakeArray("i", 3, elements.data(), 12, &array);
  ASSERT_EQ(bp_array_copy(array, nullptr, &other, nullptr), BP_OK);
  ASSERT_EQ(bp_array_set_int(array, 1, 0, 99, nullptr), BP_OK);
  EXPECT_EQ(Elements(other), elements);
}

}  // namespace
}  // namespace billiard
