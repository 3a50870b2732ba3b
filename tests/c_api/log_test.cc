// The logger through the C interface, and what workers of C have to do with it.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/pool_fixture.h"

namespace billiard {
namespace {

class LogTest : public PoolFixture {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "c-log." + std::to_string(getpid());
    unlink(path_.c_str());
  }
  void TearDown() override {
    bp_log_stop();
    bp_log_set_level(BP_LOG_NOTSET);
    bp_log_set_format(nullptr);
    bp_log_set_name("billiard");
  }
  std::string FirstLine() const {
    std::ifstream file(path_);
    std::string line;
    std::getline(file, line);
    return line;
  }
  std::string path_;
};

TEST_F(LogTest, IsSilentUntilItIsToldWhereToWrite) {
  EXPECT_EQ(bp_log_enabled(BP_LOG_ERROR), 0);
  EXPECT_EQ(bp_log_get_level(), BP_LOG_NOTSET);
  bp_log_write(BP_LOG_ERROR, "nobody reads this");
  ASSERT_EQ(bp_log_to_file(path_.c_str(), BP_LOG_INFO, nullptr), BP_OK);
  EXPECT_EQ(bp_log_enabled(BP_LOG_INFO), 1);
  EXPECT_EQ(bp_log_enabled(BP_LOG_DEBUG), 0);
  bp_log_write(BP_LOG_DEBUG, "too fine");
  bp_log_write(BP_LOG_INFO, nullptr);
  bp_log_write(BP_LOG_INFO, "x");
  EXPECT_EQ(FirstLine(), "[INFO/MainProcess] x");
  bp_log_stop();
  EXPECT_EQ(bp_log_enabled(BP_LOG_ERROR), 0);
}

TEST_F(LogTest, FormatAndNames) {
  ASSERT_EQ(bp_log_to_file(path_.c_str(), BP_LOG_WARNING, nullptr), BP_OK);
  bp_log_set_format("%(name)s %(processName)s %(message)s");
  bp_log_set_name("mine");
  bp_log_set_process_name("Reader");
  bp_log_set_name(nullptr);
  bp_log_set_process_name(nullptr);
  bp_log_write(BP_LOG_ERROR, "x");
  EXPECT_EQ(FirstLine(), "mine Reader x");
  char text[8];
  EXPECT_EQ(bp_log_process_name(text, sizeof text), 6u);
  EXPECT_STREQ(text, "Reader");
  bp_log_set_process_name("MainProcess");
  EXPECT_EQ(bp_log_process_name(text, sizeof text), 11u);
  EXPECT_STREQ(text, "MainPro");
  EXPECT_EQ(bp_log_level_name(BP_LOG_SUBWARNING, text, sizeof text), 10u);
  EXPECT_EQ(bp_log_level_name(BP_LOG_ERROR, nullptr, 0), 5u);
}

TEST_F(LogTest, WhatCanNotBeIsRefusedAndChangesNothing) {
  bp_error* error = nullptr;
  EXPECT_EQ(bp_log_to_file(nullptr, 0, &error), BP_INVALID);
  EXPECT_NE(std::string(bp_error_message(error)).find("path"), std::string::npos);
  bp_error_release(error);
  EXPECT_EQ(bp_log_to_file("/no/such/folder/log", 0, nullptr), BP_OS);
  EXPECT_EQ(bp_log_to_fd(-1, 0, nullptr), BP_OS);
  EXPECT_EQ(bp_log_enabled(BP_LOG_ERROR), 0);
}

TEST_F(LogTest, ADescriptor) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(bp_log_to_fd(ends[1], BP_LOG_INFO, nullptr), BP_OK);
  close(ends[1]);
  bp_log_write(BP_LOG_INFO, "x");
  char text[64] = "";
  EXPECT_GT(read(ends[0], text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "[INFO/MainProcess] x\n");
  bp_log_stop();
  EXPECT_EQ(read(ends[0], text, sizeof text), 0) << "the copy is closed";
  close(ends[0]);
  // stderr takes its place as well.
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(bp_log_to_fd(ends[1], BP_LOG_INFO, nullptr), BP_OK);
  close(ends[1]);
  bp_log_to_stderr(BP_LOG_NOTSET);
  EXPECT_EQ(read(ends[0], text, sizeof text), 0);
  close(ends[0]);
}

int TellName(bp_job* job, void*) {
  char text[64];
  const size_t size = bp_log_process_name(text, sizeof text);
  bp_log_write(BP_LOG_WARNING, "from a task");
  return bp_job_reply(job, text, size, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

TEST_F(LogTest, AWorkerLogsUnderItsName) {
  ASSERT_EQ(bp_task_register("tell name", TellName, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_log_to_file(path_.c_str(), BP_LOG_WARNING, nullptr), BP_OK);
  bp_result* const result = Submit("tell name", "");
  bp_view view = {};
  ASSERT_EQ(bp_result_get(result, BP_FOREVER, nullptr, &view, nullptr), BP_OK);
  const std::string name(static_cast<const char*>(view.data), view.size);
  EXPECT_EQ(name.substr(0, 15), "ForkPoolWorker-");
  EXPECT_EQ(FirstLine(), "[WARNING/" + name + "] from a task");
  bp_result_release(result);
}

}  // namespace
}  // namespace billiard
