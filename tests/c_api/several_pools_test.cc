// Pools beside, after and inside of other pools and forks of their host, through the C interface.
#include <unistd.h>

#include <memory>
#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::Child;
using testing::Watchdog;

struct Releases {
  void operator()(bp_pool* pool) const { bp_pool_release(pool); }
};
using PoolHandle = std::unique_ptr<bp_pool, Releases>;

PoolHandle MakePool() {
  bp_pool_options options;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 1;
  bp_pool* pool = nullptr;
  bp_error* error = nullptr;
  EXPECT_EQ(bp_pool_create(&options, &pool, &error), BP_OK) << bp_error_message(error);
  bp_error_release(error);
  return PoolHandle(pool);
}

std::string Apply(const PoolHandle& pool, const char* task, const std::string& bytes) {
  bp_buffer value = {};
  bp_error* error = nullptr;
  EXPECT_EQ(bp_apply(pool.get(), task, bytes.data(), bytes.size(), nullptr, BP_FOREVER, nullptr,
                     &value, &error),
            BP_OK)
      << bp_error_message(error);
  bp_error_release(error);
  const std::string text(static_cast<const char*>(value.data), value.size);
  bp_buffer_free(&value);
  return text;
}

int Reply(bp_job* job, const std::string& text) {
  return bp_job_reply(job, text.data(), text.size(), BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

int Echo(bp_job* job, void*) {
  const bp_view payload = bp_job_payload(job);
  return Reply(job, std::string(static_cast<const char*>(payload.data), payload.size));
}

// Answers what a pool of its own answers that is one level further down; the payload counts them.
int Nest(bp_job* job, void*) {
  const size_t levels = bp_job_payload(job).size;
  return Reply(job,
               levels == 0 ? "innermost" : Apply(MakePool(), "nest", std::string(levels - 1, 'x')));
}

class SeveralPoolsTest : public ::testing::Test {
 protected:
  SeveralPoolsTest() {
    bp_task_register("echo", Echo, nullptr, nullptr);
    bp_task_register("nest", Nest, nullptr, nullptr);
  }

 private:
  Watchdog watchdog_{120};
};

TEST_F(SeveralPoolsTest, AForkPoolIsMadeWhileAnotherWorks) {
  const PoolHandle first = MakePool();
  EXPECT_EQ(Apply(first, "echo", "1"), "1");
  const PoolHandle second = MakePool();
  EXPECT_EQ(Apply(second, "echo", "2"), "2");
  EXPECT_EQ(Apply(first, "echo", "3"), "3");
}

TEST_F(SeveralPoolsTest, AForkPoolIsMadeWhenAnotherHasEnded) {
  for (int round = 0; round < 3; ++round) EXPECT_EQ(Apply(MakePool(), "echo", "x"), "x");
}

TEST_F(SeveralPoolsTest, AProcessForkedBesideAPoolMayHaveItsOwn) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer can not start threads in the child of a process with threads";
#endif
  const PoolHandle pool = MakePool();
  EXPECT_EQ(Apply(pool, "echo", "before"), "before");
  Child child([&] {
    const bool refused = bp_pool_close(pool.get(), nullptr) == BP_FORKED;
    return refused && Apply(MakePool(), "echo", "own") == "own" ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(Apply(pool, "echo", "after"), "after");
}

TEST_F(SeveralPoolsTest, WorkersMayHavePools) {
  const PoolHandle pool = MakePool();
  EXPECT_EQ(Apply(pool, "nest", "xx"), "innermost");
  EXPECT_EQ(Apply(pool, "nest", "xx"), "innermost");
}

}  // namespace
}  // namespace billiard
