// Arguments other than handles that no call accepts: each is refused by name, and a pool goes on.
#include <cstring>
#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/c_api/pool_fixture.h"

namespace billiard {
namespace {

constexpr int64_t kBelowForever = -2;

TEST(StatusTest, UnknownNumbersHaveATextToo) {
  EXPECT_STREQ(bp_status_name(static_cast<bp_status>(-999)), "BP_UNKNOWN_STATUS");
  EXPECT_STREQ(bp_status_text(static_cast<bp_status>(-999)), "unknown status");
}

TEST(StatusTest, EveryStatusHasItsNameAndText) {
#define EXPECT_NAMED(name, number, text)     \
  EXPECT_STREQ(bp_status_name(name), #name); \
  EXPECT_STREQ(bp_status_text(name), text);  \
  EXPECT_EQ(static_cast<int>(name), number);
  BP_STATUS_LIST(EXPECT_NAMED)
#undef EXPECT_NAMED
}

TEST(ExitStatusTextTest, CutsWhatDoesNotFit) {
  char text[8];
  std::memset(text, '#', sizeof text);
  EXPECT_EQ(bp_exit_status_text(-9, nullptr, 0), std::strlen("signal 9 (SIGKILL)"));
  EXPECT_EQ(bp_exit_status_text(-9, text, 7), std::strlen("signal 9 (SIGKILL)"));
  EXPECT_STREQ(text, "signal");
  EXPECT_EQ(text[7], '#');
  EXPECT_EQ(bp_exit_status_text(3, text, 1), std::strlen("exitcode 3"));
  EXPECT_STREQ(text, "");
}

class BadPoolOptionsTest : public testing::Test {
 protected:
  BadPoolOptionsTest() {
    bp_pool_options_init(&options_, sizeof options_);
    options_.workers = 1;
  }
  void ExpectRefused(const std::string& argument) {
    bp_pool* pool = nullptr;
    ExpectInvalid([&](bp_error** error) { return bp_pool_create(&options_, &pool, error); },
                  argument);
    EXPECT_EQ(pool, nullptr);
  }
  bp_pool_options options_;
};

TEST_F(BadPoolOptionsTest, NowhereToPutThePool) {
  ExpectInvalid([&](bp_error** error) { return bp_pool_create(&options_, nullptr, error); }, "out");
}

TEST_F(BadPoolOptionsTest, NegativeWorkers) {
  options_.workers = -1;
  ExpectRefused("workers");
}

TEST_F(BadPoolOptionsTest, UnknownStartMethod) {
  options_.start_method = 99;
  ExpectRefused("start_method");
}

TEST_F(BadPoolOptionsTest, SpawnWithoutACommand) {
  options_.start_method = BP_START_SPAWN;
  ExpectRefused("command");
}

TEST_F(BadPoolOptionsTest, AnEmptyCommand) {
  const char* const command[] = {nullptr};
  options_.command = command;
  ExpectRefused("command");
}

TEST_F(BadPoolOptionsTest, TooManyBootFailuresBelowNoLimit) {
  options_.max_boot_failures = -2;
  ExpectRefused("max_boot_failures");
}

TEST_F(BadPoolOptionsTest, NegativeTimes) {
  options_.start_timeout_ns = kBelowForever;
  ExpectRefused("start_timeout_ns");
  options_.start_timeout_ns = 0;
  options_.boot_timeout_ns = kBelowForever;
  ExpectRefused("boot_timeout_ns");
  options_.boot_timeout_ns = 0;
  options_.time_limit_ns = kBelowForever;
  ExpectRefused("time_limit_ns");
  options_.time_limit_ns = 0;
  options_.soft_time_limit_ns = kBelowForever;
  ExpectRefused("soft_time_limit_ns");
  options_.soft_time_limit_ns = 0;
  options_.max_memory_per_worker_kib = kBelowForever;
  ExpectRefused("max_memory_per_worker_kib");
  options_.max_memory_per_worker_kib = 0;
  options_.terminate_grace_ns = -1;
  ExpectRefused("terminate_grace_ns");
}

TEST_F(BadPoolOptionsTest, ASizeThatNoVersionHad) {
  options_.size = 0;
  ExpectRefused("size");
  options_.size = 3;
  ExpectRefused("size");
}

TEST_F(BadPoolOptionsTest, GroupsAreNamedByTheirIndex) {
  bp_group_options groups[2];
  for (bp_group_options& group : groups) {
    bp_group_options_init(&group, sizeof group);
    group.workers = 1;
  }
  options_.groups = groups;
  options_.group_count = 2;
  groups[1].workers = -5;
  ExpectRefused("groups[1].workers");
  groups[1].workers = 1;
  groups[0].start_method = BP_START_SPAWN;
  ExpectRefused("groups[0].command");
}

TEST_F(BadPoolOptionsTest, TooManyGroups) {
  bp_group_options groups[1];
  bp_group_options_init(&groups[0], sizeof groups[0]);
  options_.groups = groups;
  options_.group_count = 65;
  ExpectRefused("group_count");
}

class BadCallTest : public PoolFixture {};

TEST_F(BadCallTest, TasksWithoutAProperName) {
  bp_result* result = nullptr;
  const std::string too_long(256, 'x');
  for (const char* task : {static_cast<const char*>(nullptr), "", too_long.c_str()}) {
    ExpectInvalid(
        [&](bp_error** error) {
          return bp_apply_async(pool(), task, "", 0, nullptr, &result, error);
        },
        "task");
  }
  EXPECT_EQ(Double("21"), "2121");
}

TEST_F(BadCallTest, BytesAtNull) {
  bp_result* result = nullptr;
  bp_buffer buffer;
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_apply_async(pool(), "double", nullptr, 1, nullptr, &result, error);
      },
      "data");
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_apply(pool(), "double", nullptr, 1, nullptr, BP_FOREVER, nullptr, &buffer, error);
      },
      "data");
  EXPECT_EQ(Double("a"), "aa");
}

TEST_F(BadCallTest, JobOptionsThatNoVersionHad) {
  bp_job_options options;
  bp_result* result = nullptr;
  bp_job_options_init(&options, sizeof options);
  const auto submit = [&](bp_error** error) {
    return bp_apply_async(pool(), "double", "", 0, &options, &result, error);
  };
  options.size = 1;
  ExpectInvalid(submit, "options");
  options.size = sizeof options;
  options.submit_timeout_ns = kBelowForever;
  ExpectInvalid(submit, "submit_timeout_ns");
  options.submit_timeout_ns = 0;
  options.time_limit_ns = kBelowForever;
  ExpectInvalid(submit, "time_limit_ns");
  options.time_limit_ns = 0;
  options.soft_time_limit_ns = kBelowForever;
  ExpectInvalid(submit, "soft_time_limit_ns");
  options.soft_time_limit_ns = 0;
  options.expires_ns = -1;
  ExpectInvalid(submit, "expires_ns");
  options.expires_ns = 0;
  options.max_retries = -1;
  ExpectInvalid(submit, "max_retries");
}

TEST_F(BadCallTest, UnknownGroup) {
  bp_job_options options;
  bp_result* result = nullptr;
  bp_job_options_init(&options, sizeof options);
  options.group = "no-such-group";
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_apply_async(pool(), "double", "", 0, &options, &result, error);
      },
      "group");
}

TEST_F(BadCallTest, TimeoutsBelowForever) {
  bp_view view;
  bp_result* result = Submit("double", "x");
  ExpectInvalid(
      [&](bp_error** error) { return bp_result_wait(result, kBelowForever, nullptr, error); },
      "timeout_ns");
  ExpectInvalid(
      [&](bp_error** error) { return bp_result_get(result, kBelowForever, nullptr, &view, error); },
      "timeout_ns");
  ExpectInvalid(
      [&](bp_error** error) { return bp_pool_wait_ready(pool(), kBelowForever, nullptr, error); },
      "timeout_ns");
  ExpectInvalid(
      [&](bp_error** error) { return bp_pool_join(pool(), kBelowForever, nullptr, error); },
      "timeout_ns");
  bp_result_release(result);
}

TEST_F(BadCallTest, NowhereToPutTheAnswer) {
  bp_result* result = Submit("double", "x");
  bp_pool_event event;
  bp_worker_info worker;
  size_t count = 0;
  ExpectInvalid(
      [&](bp_error** error) { return bp_result_get(result, BP_FOREVER, nullptr, nullptr, error); },
      "out");
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_apply(pool(), "double", "x", 1, nullptr, BP_FOREVER, nullptr, nullptr, error);
      },
      "out");
  ExpectInvalid([&](bp_error** error) { return bp_pool_get_stats(pool(), nullptr, error); },
                "stats");
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_pool_get_workers(pool(), nullptr, 1, sizeof worker, &count, error);
      },
      "workers");
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_pool_get_workers(pool(), &worker, 1, sizeof worker, nullptr, error);
      },
      "count");
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_pool_read_events(pool(), nullptr, 1, sizeof event, &count, error);
      },
      "events");
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_pool_read_events(pool(), &event, 1, sizeof event, nullptr, error);
      },
      "count");
  for (const size_t size : {size_t{0}, size_t{7}, SIZE_MAX}) {
    ExpectInvalid(
        [&](bp_error** error) {
          return bp_pool_read_events(pool(), &event, 1, size, &count, error);
        },
        "event_size");
  }
  bp_result_release(result);
}

TEST_F(BadCallTest, SnapshotsOfASizeThatNoVersionHad) {
  bp_pool_stats stats = {};
  bp_worker_info worker;
  size_t count = 0;
  ExpectInvalid([&](bp_error** error) { return bp_pool_get_stats(pool(), &stats, error); }, "size");
  ExpectInvalid(
      [&](bp_error** error) { return bp_pool_get_workers(pool(), &worker, 1, 0, &count, error); },
      "info_size");
}

int Nothing(bp_job*, void*) { return 0; }
int NothingElse(bp_job*, void*) { return 0; }

TEST(BadTaskTest, NamesAndFunctionsAreChecked) {
  const std::string too_long(256, 'x');
  for (const char* name : {static_cast<const char*>(nullptr), "", too_long.c_str()}) {
    ExpectInvalid([&](bp_error** error) { return bp_task_register(name, Nothing, nullptr, error); },
                  "name");
  }
  ExpectInvalid([&](bp_error** error) { return bp_task_register("t", nullptr, nullptr, error); },
                "function");
}

TEST(BadTaskTest, ANameKeepsItsFunction) {
  bp_error* error = nullptr;
  ASSERT_EQ(bp_task_register("taken", Nothing, nullptr, &error), BP_OK);
  EXPECT_EQ(bp_task_register("taken", Nothing, nullptr, &error), BP_OK) << "the same once more";
  EXPECT_EQ(bp_task_register("taken", NothingElse, nullptr, &error), BP_EXISTS);
  EXPECT_THAT(bp_error_message(error), testing::HasSubstr("taken"));
  bp_error_release(error);
}

TEST(BadTaskTest, MissingModulesAreNotFound) {
  bp_error* error = nullptr;
  ExpectInvalid([&](bp_error** e) { return bp_task_load_module(nullptr, e); }, "path");
  EXPECT_EQ(bp_task_load_module("/nonexistent/module.so", &error), BP_NOT_FOUND);
  EXPECT_THAT(bp_error_message(error), testing::HasSubstr("/nonexistent/module.so"));
  bp_error_release(error);
  EXPECT_EQ(bp_task_load_module("libm.so.6", &error), BP_NOT_FOUND);
  EXPECT_THAT(bp_error_message(error), testing::HasSubstr("bp_module_init"));
  bp_error_release(error);
}

TEST(BadWorkerTest, OnlyAPoolStartsWorkers) {
  bp_worker* worker = nullptr;
  bp_error* error = nullptr;
  ExpectInvalid([&](bp_error** e) { return bp_worker_attach(nullptr, e); }, "out");
  EXPECT_EQ(bp_worker_requested(), 0);
  EXPECT_EQ(bp_worker_attach(&worker, &error), BP_STATE);
  EXPECT_EQ(worker, nullptr);
  bp_error_release(error);
}

}  // namespace
}  // namespace billiard
