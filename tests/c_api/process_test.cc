// Process objects, contexts and finalizers through the C interface. The program is its own child.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/c_api/object_handles.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::Child;
using testing::Watchdog;

constexpr int64_t kShort = 1'000'000;
const char* program = nullptr;  // this one, for shells

// Objects of the default segment, by their ids.
struct Ids {
  uint64_t lock;
  uint64_t value;
};

int32_t AddOne(const void* data, size_t size, void*) {
  Ids ids;
  if (size != sizeof ids) return 1;
  memcpy(&ids, data, size);
  bp_lock* lock = nullptr;
  bp_value* value = nullptr;
  if (bp_lock_attach(nullptr, ids.lock, &lock, nullptr) != BP_OK) return 2;
  if (bp_value_attach(nullptr, ids.value, &value, nullptr) != BP_OK) return 3;
  int64_t number = 0;
  if (bp_lock_acquire(lock, BP_FOREVER, nullptr, nullptr) != BP_OK) return 4;
  if (bp_value_get_int(value, 0, &number, nullptr) != BP_OK) return 5;
  if (bp_value_set_int(value, 0, number + 1, nullptr) != BP_OK) return 6;
  if (bp_lock_unlock(lock, nullptr) != BP_OK) return 7;
  bp_lock_release(lock);
  bp_value_release(value);
  return 0;
}

int32_t ExitAsAsked(const void* data, size_t size, void*) {
  const std::string text(static_cast<const char*>(data), size);
  if (text == "kill") raise(SIGKILL);
  if (text == "text") bp_process_exit(0, "asked to");
  if (text == "name") {
    char name[64];
    bp_current_name(name, sizeof name);
    return strcmp(name, "the name") == 0 && bp_parent_process(nullptr, 0) > 0 ? 0 : 1;
  }
  bp_process_exit(std::stoi(text), nullptr);
  return 1;
}

int32_t Return(const void*, size_t, void* value) { return *static_cast<int32_t*>(value); }

class Process {
 public:
  explicit Process(const bp_process_options& options) {
    bp_error* error = nullptr;
    EXPECT_EQ(bp_process_create(&options, &process_, &error), BP_OK) << bp_error_message(error);
    bp_error_release(error);
  }
  ~Process() { bp_process_release(process_); }
  operator bp_process*() const { return process_; }

  void Start() {
    bp_error* error = nullptr;
    EXPECT_EQ(bp_process_start(process_, &error), BP_OK) << bp_error_message(error);
    bp_error_release(error);
  }
  int32_t End() {
    int32_t status = BP_EXIT_NONE;
    EXPECT_EQ(bp_process_join(process_, BP_FOREVER, nullptr, nullptr), BP_OK);
    EXPECT_EQ(bp_process_exit_status(process_, &status, nullptr), BP_OK);
    return status;
  }
  int32_t Run() {
    Start();
    return End();
  }

 private:
  bp_process* process_ = nullptr;
};

// `data` must live until the process is made.
bp_process_options Options(const char* method, const char* entry, std::string_view data) {
  bp_process_options options;
  bp_process_options_init(&options, sizeof options);
  EXPECT_EQ(bp_context_get(method, &options.context, nullptr), BP_OK);
  options.entry = entry;
  options.data = data.data();
  options.data_size = data.size();
  options.force_fork = testing::kSanitized;
  return options;
}

class ProcessTest : public ::testing::TestWithParam<const char*> {
 protected:
  Watchdog watchdog_{120};
};

// G-CTX-1, GAP-42
TEST_P(ProcessTest, LocksAndValuesAreHandedOverByTheirIds) {
  bp_lock* lock = nullptr;
  bp_value* value = nullptr;
  ASSERT_EQ(bp_lock_create(nullptr, &lock, nullptr), BP_OK);
  ASSERT_EQ(bp_value_create("q", nullptr, 0, nullptr, &value, nullptr), BP_OK);
  Ids ids = {bp_lock_id(lock), bp_value_id(value)};
  const std::string data(reinterpret_cast<const char*>(&ids), sizeof ids);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Process(Options(GetParam(), "add one", data)).Run(), 0);
  int64_t number = 0;
  EXPECT_EQ(bp_value_get_int(value, 0, &number, nullptr), BP_OK);
  EXPECT_EQ(number, 3);
  // Ids that name nothing are refused there, and nobody dies of them.
  ids = {ids.value, ids.lock};
  const std::string wrong(reinterpret_cast<const char*>(&ids), sizeof ids);
  EXPECT_EQ(Process(Options(GetParam(), "add one", wrong)).Run(), 2);
  bp_lock_release(lock);
  bp_value_release(value);
}

TEST_P(ProcessTest, EndsAsItAskedTo) {
  EXPECT_EQ(Process(Options(GetParam(), "exit", "0")).Run(), 0);
  EXPECT_EQ(Process(Options(GetParam(), "exit", "265")).Run(), 9);
  EXPECT_EQ(Process(Options(GetParam(), "exit", "text")).Run(), 1);
  EXPECT_EQ(Process(Options(GetParam(), "exit", "kill")).Run(), -SIGKILL);
}

TEST_P(ProcessTest, TheChildHasItsName) {
  bp_process_options options = Options(GetParam(), "exit", "name");
  Process process(options);
  EXPECT_EQ(bp_process_set_name(process, "the name", nullptr), BP_OK);
  EXPECT_EQ(process.Run(), 0);
}

// PROC-8
TEST_P(ProcessTest, WhatItGetsIsCopiedWhenItIsMade) {
  std::string data = "265";
  Process process(Options(GetParam(), "exit", data));
  data = "007";
  EXPECT_EQ(process.Run(), 9);
}

TEST_P(ProcessTest, AnUnknownEntryIsToldByStart) {
  Process process(Options(GetParam(), "unknown", ""));
  bp_error* error = nullptr;
  EXPECT_EQ(bp_process_start(process, &error), BP_NOT_FOUND);
  EXPECT_NE(strstr(bp_error_message(error), "unknown"), nullptr);
  bp_error_release(error);
}

INSTANTIATE_TEST_SUITE_P(Methods, ProcessTest, ::testing::Values("fork", "spawn", "forkserver"),
                         [](const auto& test) { return std::string(test.param); });

class ProcessObjectTest : public ::testing::Test {
 protected:
  Watchdog watchdog_{120};
};

TEST_F(ProcessObjectTest, AFunctionRunsInAForkAlone) {
  int32_t value = 6;
  bp_process_options options = Options("fork", nullptr, "");
  options.function = Return;
  options.function_context = &value;
  EXPECT_EQ(Process(options).Run(), 6);
  ASSERT_EQ(bp_context_get("spawn", &options.context, nullptr), BP_OK);
  bp_process* process = nullptr;
  ExpectInvalid([&](bp_error** e) { return bp_process_create(&options, &process, e); },
                "options.function");
}

TEST_F(ProcessObjectTest, AForkIsMadeByTheFunctionOfTheProcess) {
  static int forks = 0;
  Child host([] {
    bp_set_fork_process(
        [](void* added) -> int32_t {
          forks += *static_cast<int*>(added);
          return fork();
        },
        &forks);
    bp_process_options options = Options("fork", nullptr, "");
    options.force_fork = 0;  // no need to
    options.function = [](const void*, size_t, void*) -> int32_t { return forks; };
    forks = 4;
    return Process(options).Run();
  });
  EXPECT_EQ(host.Wait(), 8);
}

TEST_F(ProcessObjectTest, ACommandStartsThisProgram) {
  Child host([] {
    const char* const command[] = {"sh", "-c", "exec \"$0\" word \"$@\"", program, nullptr};
    if (bp_set_executable_command(command, nullptr) != BP_OK) return 1;
    if (Process(Options("forkserver", "exit", "21")).Run() != 21) return 2;
    if (bp_set_executable_command(nullptr, nullptr) != BP_OK) return 3;
    return Process(Options("spawn", "exit", "22")).Run();
  });
  EXPECT_EQ(host.Wait(), 22);
  const char* const nothing[] = {"", nullptr};
  ExpectInvalid([&](bp_error** e) { return bp_set_executable_command(nothing, e); }, "command");
}

int32_t PutOne(const void*, size_t, void* queue) {
  const bp_status put = bp_queue_put(static_cast<bp_queue*>(queue), "child", 5, BP_FORMAT_RAW,
                                     BP_FOREVER, nullptr, nullptr);
  return put == BP_OK ? 0 : 1;
}

// G-PROC-6
TEST_F(ProcessObjectTest, ForksInTheMiddleOfHeavyUseDoNotHang) {
  Queue queue;
  ASSERT_EQ(bp_queue_create(nullptr, &queue, nullptr), BP_OK);
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        bp_queue_put(queue, "thread", 6, BP_FORMAT_RAW, BP_FOREVER, nullptr, nullptr);
        bp_error* error = nullptr;
        EXPECT_EQ(bp_process_start(nullptr, &error), BP_INVALID);  // allocates
        bp_error_release(error);
      }
    });
    threads.emplace_back([&] {
      while (!done) {
        bp_buffer buffer = {};
        bp_queue_get(queue, kShort, nullptr, &buffer, nullptr);
        bp_buffer_free(&buffer);
      }
    });
  }
  bp_process_options options = Options("fork", nullptr, "");
  options.function = PutOne;
  options.function_context = queue;
  options.force_fork = 1;
  const int forks = testing::kSanitized ? 20 : 300;
  for (int i = 0; i < forks; ++i) ASSERT_EQ(Process(options).Run(), 0);
  done = true;
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ProcessObjectTest, TellsItsStateInWords) {
  const char* const argv[] = {"sleep", "1000", nullptr};
  bp_process_options options;
  bp_process_options_init(&options, sizeof options);
  options.command = argv;
  options.name = "sleeper";
  options.daemon = 1;
  Process process(options);
  char text[128];
  bp_process_describe(process, text, sizeof text);
  EXPECT_STREQ(text, "<Process(sleeper, initial daemon)>");
  process.Start();
  bp_process_describe(process, text, sizeof text);
  EXPECT_STREQ(text, "<Process(sleeper, started daemon)>");
  int32_t status = 0;
  EXPECT_EQ(bp_process_exit_status(process, &status, nullptr), BP_OK);
  EXPECT_EQ(status, BP_EXIT_NONE);
  bp_process* children[4];
  size_t count = 0;
  ASSERT_EQ(bp_active_children(children, 4, &count, nullptr), BP_OK);
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(bp_process_pid(children[0]), bp_process_pid(process));
  bp_process_release(children[0]);
  EXPECT_EQ(bp_process_close(process, nullptr), BP_STATE);
  EXPECT_EQ(bp_process_terminate(process, nullptr), BP_OK);
  EXPECT_EQ(process.End(), -SIGTERM);
  bp_process_describe(process, text, sizeof text);
  EXPECT_STREQ(text, "<Process(sleeper, stopped[SIGTERM] daemon)>");
  EXPECT_EQ(bp_process_close(process, nullptr), BP_OK);
  int32_t fd;
  EXPECT_EQ(bp_process_sentinel(process, &fd, nullptr), BP_STATE);
}

TEST_F(ProcessObjectTest, IsItsMakersAlone) {
  const char* const argv[] = {"sleep", "1000", nullptr};
  bp_process_options options;
  bp_process_options_init(&options, sizeof options);
  options.command = argv;
  Process process(options);
  process.Start();
  Child child([&] {
    int32_t number;
    if (bp_process_join(process, 0, nullptr, nullptr) != BP_FORKED) return 1;
    if (bp_process_is_alive(process, &number, nullptr) != BP_FORKED) return 2;
    if (bp_process_kill(process, nullptr) != BP_FORKED) return 3;
    return bp_process_start(process, nullptr) == BP_FORKED ? 0 : 4;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(bp_process_kill(process, nullptr), BP_OK);
  EXPECT_EQ(process.End(), -SIGKILL);
}

TEST_F(ProcessObjectTest, BadOptionsAreNamed) {
  bp_process* process = nullptr;
  bp_process_options options;
  bp_process_options_init(&options, sizeof options);
  const auto create = [&](bp_error** e) { return bp_process_create(&options, &process, e); };
  ExpectInvalid(create, "options");  // nothing to run
  options.entry = "exit";
  options.daemon = 2;
  ExpectInvalid(create, "options.daemon");
  options.daemon = 0;
  options.name = "";
  ExpectInvalid(create, "options.name");
  options.name = nullptr;
  options.data_size = 1;
  ExpectInvalid(create, "options.data");
  options.data_size = 0;
  options.fd_count = 1;
  ExpectInvalid(create, "options.fds");
  options.fd_count = 0;
  options.start_timeout_ns = -2;
  ExpectInvalid(create, "options.start_timeout_ns");
  ExpectInvalid([](bp_error** e) { return bp_process_start(nullptr, e); }, "process");
  ExpectInvalid([](bp_error** e) { return bp_process_join(nullptr, 0, nullptr, e); }, "process");
}

// T:TestProcesses.test_current
TEST_F(ProcessObjectTest, TheMainProcessIsKnown) {
  char name[32];
  EXPECT_EQ(bp_current_name(name, sizeof name), strlen("MainProcess"));
  EXPECT_STREQ(name, "MainProcess");
  EXPECT_EQ(bp_current_is_daemon(), 0);
  EXPECT_EQ(bp_current_identity(nullptr, 0), 0u);
  EXPECT_EQ(bp_parent_process(name, sizeof name), 0);
  EXPECT_EQ(bp_inherited_fds(nullptr, 0), -1);
  char key[64] = {};
  EXPECT_EQ(bp_current_authkey(key, sizeof key), 32u);
  EXPECT_NE(std::string(key, 32), std::string(32, '\0'));
  EXPECT_GE(bp_cpus_online(), bp_cpus_available());
  EXPECT_GE(bp_cpus_online(), 1);
}

// CTX-51
TEST_F(ProcessObjectTest, TheForkServerLoadsModulesFirst) {
  Child host([] {
    const char* const modules[] = {"/no/such/module.so", "tests/c_api/entry_module.so"};
    if (bp_set_forkserver_preload(modules, 2, nullptr) != BP_OK) return 1;
    if (Process(Options("forkserver", "from module", "")).Run() != 21) return 2;
    Process spawned(Options("spawn", "from module", ""));
    return bp_process_start(spawned, nullptr) == BP_NOT_FOUND ? 0 : 3;
  });
  EXPECT_EQ(host.Wait(), 0);
  const char* const none[] = {nullptr};
  ExpectInvalid([&](bp_error** e) { return bp_set_forkserver_preload(none, 1, e); }, "paths");
}

// UTIL-82
TEST_F(ProcessObjectTest, TheParentDeathSignalIsReadBackAndChecked) {
  Child child([] {
    if (bp_set_pdeathsig(0, nullptr) != BP_OK || bp_get_pdeathsig() != 0) return 1;
    if (bp_set_pdeathsig(SIGTERM, nullptr) != BP_OK || bp_get_pdeathsig() != SIGTERM) return 2;
    return bp_set_pdeathsig(1000, nullptr) == BP_OS ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(ProcessObjectTest, ContextsAreIndependent) {
  Child child([] {
    const bp_context* spawn = nullptr;
    const bp_context* standard = nullptr;
    if (bp_context_get("spawn", &spawn, nullptr) != BP_OK) return 1;
    if (bp_context_get(nullptr, &standard, nullptr) != BP_OK) return 2;
    if (bp_context_start_method(nullptr, 1) != nullptr) return 3;
    if (strcmp(bp_context_start_method(spawn, 0), "spawn") != 0) return 4;
    if (bp_context_set_start_method(spawn, "fork", 1, nullptr) != BP_INVALID) return 5;
    if (bp_context_set_start_method(standard, "forkserver", 0, nullptr) != BP_OK) return 6;
    if (bp_context_set_start_method(nullptr, "fork", 0, nullptr) != BP_STATE) return 7;
    if (strcmp(bp_context_start_method(standard, 0), "forkserver") != 0) return 8;
    const char* names[3];
    if (bp_start_methods(names, 3) != 3 || strcmp(names[0], "fork") != 0) return 9;
    return strcmp(bp_context_start_method(spawn, 0), "spawn") == 0 ? 0 : 10;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// CTX-7
TEST_F(ProcessObjectTest, AStartByTheDefaultContextFixesIt) {
  Child child([] {
    if (bp_context_start_method(nullptr, 1) != nullptr) return 1;
    if (Process(Options("spawn", "exit", "0")).Run() != 0) return 2;
    if (bp_context_start_method(nullptr, 1) != nullptr) return 3;
    if (Process(Options(nullptr, "exit", "0")).Run() != 0) return 4;
    if (strcmp(bp_context_start_method(nullptr, 1), "fork") != 0) return 5;
    return bp_context_set_start_method(nullptr, "spawn", 0, nullptr) == BP_STATE ? 0 : 6;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// CTX-10, T:context.test_forking_is_enabled_true_on_linux
TEST_F(ProcessObjectTest, ForkingMayBeSwitched) {
  Child child([] {
    if (bp_forking_is_enabled() != 1) return 1;
    if (bp_forking_enable(0, nullptr) != BP_OK || bp_forking_is_enabled() != 0) return 2;
    if (strcmp(bp_context_start_method(nullptr, 0), "spawn") != 0) return 3;
    if (bp_forking_enable(1, nullptr) != BP_OK || bp_forking_is_enabled() != 1) return 4;
    bp_declare_fork_unsafe();
    return bp_forking_enable(1, nullptr) == BP_INVALID ? 0 : 5;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// UTIL-60 to UTIL-62
TEST_F(ProcessObjectTest, FinalizersRunOnceOrNever) {
  int runs = 0;
  const bp_finalizer_fn count = [](void* context) -> int32_t {
    return ++*static_cast<int*>(context);
  };
  bp_finalizer_options options;
  bp_finalizer_options_init(&options, sizeof options);
  bp_finalizer* finalizer = nullptr;
  ExpectInvalid(
      [&](bp_error** e) { return bp_finalizer_create(count, &runs, &options, &finalizer, e); },
      "options.priority");
  options.owned = 1;
  ASSERT_EQ(bp_finalizer_create(count, &runs, &options, &finalizer, nullptr), BP_OK);
  EXPECT_EQ(bp_finalizer_is_active(finalizer), 1);
  int32_t value = 0;
  EXPECT_EQ(bp_finalizer_run(finalizer, &value), 1);
  EXPECT_EQ(value, 1);
  EXPECT_EQ(bp_finalizer_run(finalizer, &value), 0);
  EXPECT_EQ(bp_finalizer_is_active(finalizer), 0);
  bp_finalizer_release(finalizer);
  EXPECT_EQ(runs, 1);
  ASSERT_EQ(bp_finalizer_create(count, &runs, &options, &finalizer, nullptr), BP_OK);
  bp_finalizer_release(finalizer);  // its owner's end
  EXPECT_EQ(runs, 2);
  ASSERT_EQ(bp_finalizer_create(count, &runs, &options, &finalizer, nullptr), BP_OK);
  bp_finalizer_cancel(finalizer);
  bp_finalizer_release(finalizer);
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace billiard

int main(int argc, char** argv) {
  bp_entry_register("add one", billiard::AddOne, nullptr, nullptr);
  bp_entry_register("exit", billiard::ExitAsAsked, nullptr, nullptr);
  bp_freeze_support(argc, argv);
  billiard::program = argv[0];
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
