// Processes as the bindings make and see them. The program is its own child.
#include "bindings/interface/processes.h"

#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "bindings/interface/process_builder.h"
#include "gtest/gtest.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace {

using billiard::testing::Watchdog;

// Writes the data to the descriptor it was given, with what it knows of itself.
int32_t Report(const void* data, size_t size, void*) {
  char name[64], parent[64];
  bp_current_name(name, sizeof name);
  bpi_parent_name(parent, sizeof parent);
  const std::string text = std::string(static_cast<const char*>(data), size) + " " + name + " " +
                           parent + " " + std::to_string(bpi_current_identity_part(0)) + " " +
                           std::to_string(bpi_current_identity_part(1));
  if (bpi_inherited_fd_count() != 1 || bpi_inherited_fd(1) != -1) return 1;
  const ssize_t wrote = write(bpi_inherited_fd(0), text.data(), text.size());
  return wrote == static_cast<ssize_t>(text.size()) && bpi_parent_pid() > 0 ? 5 : 2;
}

struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2];
};

int32_t EndOf(bp_process* process) {
  int32_t status = BP_EXIT_NONE;
  EXPECT_EQ(bp_process_join(process, BP_FOREVER, nullptr, nullptr), BP_OK);
  EXPECT_EQ(bp_process_exit_status(process, &status, nullptr), BP_OK);
  return status;
}

class ProcessesTest : public ::testing::Test {
 protected:
  ~ProcessesTest() override { bpi_process_builder_free(builder_); }

  bp_process* Start() {
    bp_process* process = nullptr;
    bp_error* error = nullptr;
    EXPECT_EQ(bpi_process_builder_create(builder_, &process, &error), BP_OK)
        << bp_error_message(error);
    EXPECT_EQ(bp_process_start(process, &error), BP_OK) << bp_error_message(error);
    return process;
  }

  Watchdog watchdog_{60};
  bpi_process_builder* builder_ = bpi_process_builder_new();
};

TEST_F(ProcessesTest, AnEntryGetsWhatWasCollected) {
  const Pipe pipe;
  bpi_process_builder_set_name(builder_, "a name");
  bpi_process_builder_set_entry(builder_, "report");
  bpi_process_builder_set_data(builder_, "some data", 9);
  bpi_process_builder_set_force_fork(builder_, billiard::testing::kSanitized);
  bpi_process_builder_add_fd(builder_, pipe.ends[1]);
  for (const char* method : {"fork", "spawn", "forkserver"}) {
    bpi_process_builder_set_start_method(builder_, method);
    bp_process* process = Start();
    EXPECT_EQ(EndOf(process), 5) << method;
    char text[100] = {};
    EXPECT_GT(read(pipe.ends[0], text, sizeof text - 1), 0);
    EXPECT_EQ(std::string(text), "some data a name MainProcess " +
                                     std::to_string(bpi_process_identity_part(process, 0)) + " -1");
    bp_process_release(process);
  }
}

TEST_F(ProcessesTest, ACommandHasItsWordsAndVariables) {
  for (const char* word : {"sh", "-c", "exit \"$NUMBER\""}) {
    bpi_process_builder_add_command_word(builder_, word);
  }
  bpi_process_builder_add_environment(builder_, "NUMBER=17");
  bp_process* process = Start();
  EXPECT_EQ(EndOf(process), 17);
  bp_process_release(process);
}

TEST_F(ProcessesTest, WhatTheLibraryRefusesIsHandedOn) {
  bp_process* process = nullptr;
  bp_error* error = nullptr;
  bpi_process_builder_set_start_method(builder_, "thread");
  EXPECT_EQ(bpi_process_builder_create(builder_, &process, &error), BP_INVALID);
  EXPECT_NE(strstr(bp_error_message(error), "thread"), nullptr);
  bp_error_release(error);
  bpi_process_builder_set_start_method(builder_, nullptr);
  EXPECT_EQ(bpi_process_builder_create(builder_, &process, &error), BP_INVALID);  // nothing to run
  EXPECT_NE(strstr(bp_error_message(error), "options"), nullptr);
  bp_error_release(error);
}

// More than fit at the first try.
TEST_F(ProcessesTest, AllChildrenAreListed) {
  for (const char* word : {"sleep", "1000"}) bpi_process_builder_add_command_word(builder_, word);
  std::vector<bp_process*> started;
  for (int i = 0; i < 20; ++i) started.push_back(Start());
  bpi_process_list* list = nullptr;
  ASSERT_EQ(bpi_active_children(&list, nullptr), BP_OK);
  EXPECT_EQ(bpi_process_list_count(list), started.size());
  bp_process* taken = bpi_process_list_take(list, 19);
  EXPECT_NE(taken, nullptr);
  EXPECT_EQ(bpi_process_list_take(list, 19), nullptr);
  EXPECT_EQ(bpi_process_list_take(list, 20), nullptr);
  bpi_process_list_free(list);
  EXPECT_GT(bp_process_pid(taken), 0);  // lives on
  bp_process_release(taken);
  for (bp_process* process : started) {
    EXPECT_EQ(bp_process_kill(process, nullptr), BP_OK);
    EXPECT_EQ(EndOf(process), -9);
    bp_process_release(process);
  }
}

TEST_F(ProcessesTest, StartMethodsAreTextsAndKeysAreBytes) {
  EXPECT_STREQ(bpi_start_method(0), "fork");
  EXPECT_STREQ(bpi_start_method(2), "forkserver");
  EXPECT_EQ(bpi_start_method(3), nullptr);
  EXPECT_EQ(bpi_check_start_method("spawn", nullptr), BP_OK);
  EXPECT_EQ(bpi_check_start_method("thread", nullptr), BP_INVALID);
  EXPECT_EQ(bpi_set_start_method("spawn", 1, nullptr), BP_OK);
  EXPECT_STREQ(bpi_current_start_method(1), "spawn");
  EXPECT_EQ(bpi_set_start_method(nullptr, 1, nullptr), BP_OK);
  EXPECT_EQ(bpi_current_start_method(1), nullptr);
  EXPECT_EQ(bpi_current_set_authkey("secret", 6, nullptr), BP_OK);
  bp_buffer key = {};
  ASSERT_EQ(bpi_current_authkey(&key, nullptr), BP_OK);
  EXPECT_EQ(std::string(static_cast<char*>(key.data), key.size), "secret");
  bp_buffer_free(&key);
}

}  // namespace

int main(int argc, char** argv) {
  bp_entry_register("report", Report, nullptr, nullptr);
  bpi_names* words = bpi_names_new();
  for (int i = 0; i < argc; ++i) bpi_names_add(words, argv[i]);
  bpi_freeze_support(words);
  bpi_names_free(words);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
