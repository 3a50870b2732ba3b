// What happens at the end of a process: finalizers by priority, children by their kind (UTIL-60 to UTIL-68).
#include "billiard_core/process/child/exit_steps.h"

#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "billiard_core/process/child/finalizers.h"
#include "billiard_core/process/child/process.h"
#include "gtest/gtest.h"
#include "tests/core/process/child/acting.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::process {
namespace {

using testing::Child;
using testing::Shared;

struct Notes {
  char text[256];
  std::atomic<size_t> size;
  void Add(const std::string& note) {
    for (const char c : note) text[size++] = c;
    text[size++] = ' ';
  }
  std::string str() const { return std::string(text, size); }
};

class ExitStepsTest : public ::testing::Test {
 protected:
  FinalizerFunction Note(const std::string& note) {
    return [this, note] {
      notes_->Add(note);
      return 0;
    };
  }
  testing::Watchdog watchdog_{120};
  Shared<Notes> notes_;
};

// T:TestFinalize.test_finalize
TEST_F(ExitStepsTest, FinalizersRunByPriorityThenNewestFirst) {
  Child child([&] {
    auto a = Finalizer::Register(Note("a"), std::nullopt);
    a->Run();
    a->Run();
    auto b = Finalizer::Register(Note("b"), std::nullopt);
    b->Run();
    Finalizer::Register(Note("c"), std::nullopt);  // without priority: not at exit
    Finalizer::Register(Note("d01"), 0);
    Finalizer::Register(Note("d02"), 0);
    Finalizer::Register(Note("d03"), 0);
    Finalizer::Register(Note("d10"), 1);
    Finalizer::Register(Note("e"), -10);
    Finalizer::Register(Note("STOP"), -100);
    auto cancelled = Finalizer::Register(Note("no"), 5);
    cancelled->Cancel();
    if (cancelled->IsActive() || cancelled->Run().has_value() || !b.use_count()) return 1;
    Finalizer::Register([]() -> int32_t { throw std::runtime_error("failing"); }, 3);
    Leave(0);
    return 1;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(notes_->str(), "a b d10 d03 d02 d01 e STOP ");
}

// UTIL-63
TEST_F(ExitStepsTest, FinalizersBelongToTheirProcess) {
  const auto mine = Finalizer::Register(Note("parent's"), 0);
  Child child([&] {
    if (mine->IsActive() || mine->Run().has_value()) return 1;
    Finalizer::Register(Note("child's"), 0);
    RunExitSteps();
    RunExitSteps();
    return IsExiting() ? 0 : 2;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(notes_->str(), "child's ");
  EXPECT_TRUE(mine->IsActive());
  mine->Cancel();
}

// PROC-39: finalizers, then what is buffered, and no handler of exit() that a parent has left.
TEST_F(ExitStepsTest, AChildLeavesWithoutItsParentsExitHandlers) {
  static Notes* notes = nullptr;
  notes = &*notes_;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Child host([&] {
    if (atexit([] { notes->Add("handler"); }) != 0) return 1;
    FILE* buffered = fdopen(ends[1], "w");
    ProcessOptions options = Acting(StartMethod::kFork, "");
    options.entry.clear();
    options.function = {[](const void*, size_t, void* file) -> int32_t {
                          Finalizer::Register(
                              [file] {
                                notes->Add("finalizer");
                                return fputs("buffered", static_cast<FILE*>(file)) < 0 ? 1 : 0;
                              },
                              0);
                          return 5;
                        },
                        buffered};
    return EndOf(Started(options));
  });
  EXPECT_EQ(host.Wait(), 5);
  close(ends[1]);
  char text[32] = {};
  EXPECT_EQ(read(ends[0], text, sizeof text), 8);
  EXPECT_STREQ(text, "buffered");
  close(ends[0]);
  EXPECT_EQ(notes_->str(), "finalizer ");
}

// PROC-37
TEST_F(ExitStepsTest, ADirectExitRunsNothing) {
  Child child([&] {
    Finalizer::Register(Note("no"), 0);
    _exit(3);
    return 0;
  });
  EXPECT_EQ(child.Wait(), 3);
  EXPECT_EQ(notes_->str(), "");
}

// UTIL-100
TEST_F(ExitStepsTest, TheSignalThatAsksToEndMayBeAnother) {
  Child host([] {
    setenv("REMAP_SIGTERM", "SIGQUIT", 1);
    const std::shared_ptr<Process> process = Started(Acting(StartMethod::kFork, "sleep"));
    if (!process->Terminate().ok()) return 1;
    return EndOf(process) == -SIGQUIT ? 0 : 2;
  });
  EXPECT_EQ(host.Wait(), 0);
}

// GAP-38, UTIL-67: exit() of a program, as the steps at the end of a child.
TEST_F(ExitStepsTest, ChildrenAreWaitedForAndDaemonsEnded) {
  for (const bool by_exit : {true, false}) {
    notes_->size = 0;
    Shared<std::atomic<pid_t>> daemon_pid;
    Child host([&] {
      ProcessOptions daemon = Acting(StartMethod::kFork, "sleep");
      daemon.daemon = true;
      daemon_pid->store(Started(daemon)->pid());
      ProcessOptions child = Acting(StartMethod::kFork, "");
      child.entry.clear();
      child.function = {[](const void*, size_t, void* notes) -> int32_t {
                          Notes& all = *static_cast<Notes*>(notes);
                          // The parent has begun to end.
                          while (all.str() != "first ") sched_yield();
                          all.Add("child");
                          return 0;
                        },
                        &*notes_};
      Started(child);
      Finalizer::Register(Note("first"), 0);
      Finalizer::Register(Note("last"), -1);
      if (by_exit) exit(0);
      Leave(0);
      return 1;
    });
    EXPECT_EQ(host.Wait(), 0);
    EXPECT_EQ(notes_->str(), "first child last ");
    EXPECT_NE(kill(daemon_pid->load(), 0), 0);
  }
}

// G-UTIL-1
TEST_F(ExitStepsTest, ADaemonThatDoesNotWantToEndIsKilled) {
  Shared<std::atomic<pid_t>> pid;
  Child host([&] {
    ProcessOptions daemon = Acting(StartMethod::kFork, "");
    daemon.daemon = true;
    daemon.entry.clear();
    daemon.function = {[](const void*, size_t, void* ready) -> int32_t {
                         signal(SIGTERM, SIG_IGN);
                         static_cast<std::atomic<pid_t>*>(ready)->store(getpid());
                         while (true) pause();
                       },
                       &*pid};
    Started(daemon);
    while (pid->load() == 0) sched_yield();
    Leave(0);
    return 1;
  });
  EXPECT_EQ(host.Wait(), 0);
  EXPECT_NE(kill(pid->load(), 0), 0);
}

}  // namespace
}  // namespace billiard::process
