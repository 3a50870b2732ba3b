#include "billiard_core/os/fork_handshake.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "billiard_core/base/deadline.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::os {
namespace {

using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr int64_t kLong = 100 * kNanosPerSecond;  // longer than the watchdog

class ForkHandshakeTest : public ::testing::Test {
 protected:
  Watchdog watchdog_{60};
  ForkHandshake handshake_;
  Shared<std::atomic<uint32_t>> done_;
};

TEST_F(ForkHandshakeTest, ParentWaitsForWhatTheChildDoesFirst) {
  for (int i = 0; i < 50; ++i) {
    done_->store(0);
    handshake_.Begin();
    Child child([&] {
      usleep(1000);
      done_->store(1);
      handshake_.ChildIsReady();
      pause();
      return 0;
    });
    handshake_.AwaitChild(kLong);
    ASSERT_EQ(done_->load(), 1u);
    child.Kill();
  }
}

TEST_F(ForkHandshakeTest, AChildThatEndsBeforeIsNotWaitedFor) {
  handshake_.Begin();
  Child child([] { return 0; });
  handshake_.AwaitChild(kLong);
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(ForkHandshakeTest, NoChildIsNotWaitedForAndErrnoIsKept) {
  handshake_.Begin();
  errno = EAGAIN;
  handshake_.AwaitChild(kLong);
  EXPECT_EQ(errno, EAGAIN);
  handshake_.AwaitChild(kLong);  // nothing was begun
}

TEST_F(ForkHandshakeTest, PatienceEnds) {
  handshake_.Begin();
  Child child([] {
    pause();
    return 0;
  });
  handshake_.AwaitChild(kNanosPerMilli);
  child.Kill();
}

}  // namespace
}  // namespace billiard::os
