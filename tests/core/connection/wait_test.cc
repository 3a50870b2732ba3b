#include "billiard_core/connection/wait.h"

#include <unistd.h>

#include <thread>
#include <vector>

#include "billiard_core/os/pidfd.h"
#include "tests/core/connection/ends.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::connection {
namespace {

using testing::Child;
using testing::Watchdog;

class WaitTest : public ::testing::Test {
 protected:
  // Which are ready, in order, as ones and zeros.
  std::string Ready(const std::vector<int>& fds, Deadline deadline = Deadline::Forever()) {
    std::vector<uint8_t> ready(fds.size());
    const auto count = WaitReadable(fds.data(), fds.size(), deadline, nullptr, ready.data());
    if (!count.ok()) return std::string(count.status().message());
    std::string text;
    size_t ones = 0;
    for (const uint8_t one : ready) {
      text += one ? '1' : '0';
      ones += one;
    }
    EXPECT_EQ(ones, *count);
    return text;
  }

  Watchdog watchdog_{60};
};

TEST_F(WaitTest, TellsOfDataEndsAndEndedProcessesInTheOrderOfTheInput) {
  Ends with_data = MakeEnds(), ended = MakeEnds(), idle = MakeEnds();
  Child child([] { return 0; });
  const auto sentinel = os::PidfdOpen(child.pid());
  ASSERT_TRUE(sentinel.ok());
  const int data = *with_data.first->fd(), end = *ended.first->fd(), nothing = *idle.first->fd();
  EXPECT_EQ(Ready({data, nothing, end}, Deadline::Now()), "000");
  SendCode(with_data.second.get(), "x");
  EXPECT_EQ(Ready({nothing, data, end}), "010");
  ended.second->Close();
  child.AwaitZombie();
  EXPECT_EQ(Ready({end, nothing, sentinel->get(), data}), "1011");
  // CONN-32
  EXPECT_EQ(Ready({data, data, nothing, data}), "1101");
}

TEST_F(WaitTest, WaitsForTheFirstToBecomeReady) {
  Ends one = MakeEnds(), two = MakeEnds();
  std::thread sender([&] { SendCode(two.second.get(), "x"); });
  EXPECT_EQ(Ready({*one.first->fd(), *two.first->fd()}), "01");
  sender.join();
}

TEST_F(WaitTest, NeverReturnsEarlyAlsoForNothing) {
  Ends ends = MakeEnds();
  for (const std::vector<int>& fds : {std::vector<int>{}, std::vector<int>{*ends.first->fd()}}) {
    const int64_t began = MonotonicNow();
    EXPECT_EQ(Ready(fds, Deadline::After(400'000)), std::string(fds.size(), '0'));
    EXPECT_GE(MonotonicNow() - began, 400'000);
  }
}

TEST_F(WaitTest, NamesADescriptorThatIsNotOpen) {
  Ends ends = MakeEnds();
  EXPECT_EQ(Ready({*ends.first->fd(), -7}), "invalid file descriptor -7");
  EXPECT_EQ(Ready({1 << 29, *ends.first->fd()}), "invalid file descriptor 536870912");
}

TEST_F(WaitTest, ATokenEndsIt) {
  os::Interrupt interrupt;
  std::thread raiser([&] { interrupt.Raise(); });
  EXPECT_EQ(CodeOf(WaitReadable(nullptr, 0, Deadline::Forever(), &interrupt, nullptr).status()),
            Code::kInterrupted);
  raiser.join();
}

}  // namespace
}  // namespace billiard::connection
