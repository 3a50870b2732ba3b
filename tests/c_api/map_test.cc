// bp_map and its results through the shared library.
#include <string>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/c_api/pool_fixture.h"

namespace billiard {
namespace {

int FailTask(bp_job* job, void*) {
  bp_failure failure = {};
  failure.size = sizeof failure;
  failure.class_name = "MapError";
  failure.message = "this item is bad";
  return bp_job_fail(job, &failure, nullptr) == BP_OK ? 0 : 1;
}

class CMapTest : public PoolFixture {
 protected:
  static std::vector<bp_view> Views(const std::vector<std::string>& items) {
    std::vector<bp_view> views;
    for (const std::string& item : items) views.push_back({item.data(), item.size(), 0});
    return views;
  }
  bp_map_result* MapAsync(const char* task, const std::vector<std::string>& items,
                          const bp_map_options* options = nullptr) {
    const std::vector<bp_view> views = Views(items);
    bp_map_result* result = nullptr;
    bp_error* error = nullptr;
    EXPECT_EQ(bp_map_async(pool(), task, views.data(), views.size(), options, &result, &error),
              BP_OK)
        << bp_error_message(error);
    bp_error_release(error);
    return result;
  }
};

TEST_F(CMapTest, MapWaitsAndGivesResultsInOrder) {
  std::vector<std::string> items;
  for (int i = 0; i < 50; ++i) items.push_back(std::to_string(i));
  const std::vector<bp_view> views = Views(items);
  bp_map_result* results = nullptr;
  bp_error* error = nullptr;
  ASSERT_EQ(bp_map(pool(), "double", views.data(), views.size(), nullptr, BP_FOREVER, nullptr,
                   &results, &error),
            BP_OK)
      << bp_error_message(error);
  ASSERT_EQ(bp_map_result_count(results), items.size());
  EXPECT_EQ(bp_map_result_ready(results), 1);
  EXPECT_EQ(bp_map_result_accepted(results), 1);
  EXPECT_NE(bp_map_result_id(results), BP_NO_JOB);
  for (size_t i = 0; i < items.size(); ++i) {
    bp_view value = {};
    ASSERT_EQ(bp_map_result_item(results, i, &value, &error), BP_OK) << bp_error_message(error);
    EXPECT_EQ(std::string(static_cast<const char*>(value.data), value.size), items[i] + items[i]);
  }
  int32_t pids[4];
  size_t count = 0;
  EXPECT_EQ(bp_map_result_pids(results, pids, 4, &count, nullptr), BP_OK);
  EXPECT_GE(count, 1u);
  EXPECT_LE(count, 2u);
  bp_view none;
  ExpectInvalid([&](bp_error** e) { return bp_map_result_item(results, 50, &none, e); }, "index");
  bp_map_result_release(results);
}

TEST_F(CMapTest, AFailureIsTheMapsOwnError) {
  ASSERT_EQ(bp_task_register("map_fail", FailTask, nullptr, nullptr), BP_OK);
  bp_map_result* results = MapAsync("map_fail", {"a", "b", "c"});
  bp_error* error = nullptr;
  EXPECT_EQ(bp_map_result_get(results, BP_FOREVER, nullptr, &error), BP_TASK_FAILED);
  EXPECT_STREQ(bp_error_message(error), "this item is bad");
  EXPECT_STREQ(bp_error_class(error), "MapError");
  EXPECT_EQ(bp_error_job(error), bp_map_result_id(results));
  bp_error_release(error);
  bp_view value;
  EXPECT_EQ(bp_map_result_item(results, 0, &value, nullptr), BP_TASK_FAILED);
  EXPECT_EQ(bp_map_result_get(results, 0, nullptr, nullptr), BP_TASK_FAILED);
  bp_map_result_release(results);

  const bp_view item = {"a", 1, 0};
  EXPECT_EQ(bp_map(pool(), "map_fail", &item, 1, nullptr, BP_FOREVER, nullptr, &results, nullptr),
            BP_TASK_FAILED);
  EXPECT_EQ(results, nullptr);
}

TEST_F(CMapTest, EmptyInputWithAnyChunkSize) {
  bp_map_options options;
  bp_map_options_init(&options, sizeof options);
  options.chunk_size = 20;
  bp_map_result* results = MapAsync("double", {}, &options);
  EXPECT_EQ(bp_map_result_ready(results), 1);
  EXPECT_EQ(bp_map_result_get(results, 0, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_map_result_count(results), 0u);
  bp_map_result_release(results);
}

TEST_F(CMapTest, BadArgumentsAreNamed) {
  bp_map_result* results = nullptr;
  const bp_view good = {"x", 1, 0};
  const bp_view bad = {nullptr, 1, 0};
  ExpectInvalid(
      [&](bp_error** e) { return bp_map_async(nullptr, "t", &good, 1, nullptr, &results, e); },
      "pool");
  ExpectInvalid(
      [&](bp_error** e) { return bp_map_async(pool(), nullptr, &good, 1, nullptr, &results, e); },
      "task");
  ExpectInvalid(
      [&](bp_error** e) { return bp_map_async(pool(), "", &good, 1, nullptr, &results, e); },
      "task");
  ExpectInvalid(
      [&](bp_error** e) { return bp_map_async(pool(), "t", nullptr, 1, nullptr, &results, e); },
      "items");
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_map_async(pool(), "t", &good, SIZE_MAX, nullptr, &results, e);
      },
      "count");
  ExpectInvalid(
      [&](bp_error** e) { return bp_map_async(pool(), "t", &bad, 1, nullptr, &results, e); },
      "items[0].data");
  ExpectInvalid(
      [&](bp_error** e) { return bp_map_async(pool(), "t", &good, 1, nullptr, nullptr, e); },
      "out");
  bp_map_options options;
  bp_map_options_init(&options, sizeof options);
  options.size = 0;
  ExpectInvalid(
      [&](bp_error** e) { return bp_map_async(pool(), "t", &good, 1, &options, &results, e); },
      "options.size");
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_map(pool(), "t", &good, 1, nullptr, -2, nullptr, &results, e);
      },
      "timeout_ns");
}

TEST(NullMapTest, MapResultFunctionsNameTheResult) {
  bp_view view;
  size_t count = 0;
  int32_t pid = 0;
  ExpectInvalid([&](bp_error** e) { return bp_map_result_wait(nullptr, 0, nullptr, e); }, "result");
  ExpectInvalid([&](bp_error** e) { return bp_map_result_get(nullptr, 0, nullptr, e); }, "result");
  ExpectInvalid([&](bp_error** e) { return bp_map_result_item(nullptr, 0, &view, e); }, "result");
  ExpectInvalid([&](bp_error** e) { return bp_map_result_pids(nullptr, &pid, 1, &count, e); },
                "result");
  EXPECT_EQ(bp_map_result_id(nullptr), BP_NO_JOB);
  EXPECT_EQ(bp_map_result_ready(nullptr), 0);
  EXPECT_EQ(bp_map_result_accepted(nullptr), 0);
  EXPECT_EQ(bp_map_result_count(nullptr), 0u);
  bp_map_result_release(nullptr);
}

}  // namespace
}  // namespace billiard
