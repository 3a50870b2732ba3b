#include "billiard_core/connection/fd_sharer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/core/connection/ends.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::connection {
namespace {

using testing::Child;
using testing::OpenDescriptors;
using testing::Watchdog;

class FdSharerTest : public ::testing::Test {
 protected:
  FdSharerTest() {
    int fds[2];
    EXPECT_EQ(pipe2(fds, O_CLOEXEC), 0);
    read_.Reset(fds[0]);
    write_.Reset(fds[1]);
  }
  ~FdSharerTest() override { EXPECT_TRUE(StopSharingFds(Deadline::Forever()).ok()); }

  static Code ClaimCode(const std::string& ticket, Deadline deadline = Deadline::Forever()) {
    return CodeOf(ClaimFd(ticket, deadline, nullptr).status());
  }

  Watchdog watchdog_{60};
  os::Fd read_, write_;
};

// CONN-81
TEST_F(FdSharerTest, AnotherProcessClaimsADescriptorOnce) {
  const auto ticket = ShareFd(write_.get());
  ASSERT_TRUE(ticket.ok()) << ticket.status();
  write_.Reset();  // the original may go at once
  EXPECT_EQ(CountSharedFds(), 1u);
  Child child([&] {
    auto fd = ClaimFd(*ticket, Deadline::Forever(), nullptr);
    if (!fd.ok()) return 1;
    if (fcntl(fd->get(), F_GETFD) != FD_CLOEXEC) return 2;
    if (write(fd->get(), "hi", 2) != 2) return 3;
    return ClaimCode(*ticket) == Code::kNotFound ? 0 : 4;
  });
  EXPECT_EQ(child.Wait(), 0);
  char text[3] = {};
  EXPECT_EQ(read(read_.get(), text, 2), 2);
  EXPECT_STREQ(text, "hi");
  EXPECT_EQ(CountSharedFds(), 0u);
  EXPECT_EQ(read(read_.get(), text, 1), 0) << "a copy is left somewhere";
}

TEST_F(FdSharerTest, OfManyClaimsOfATicketOneSucceeds) {
  constexpr int kThreads = 4, kTickets = 50;
  for (int i = 0; i < kTickets; ++i) {
    const auto ticket = ShareFd(write_.get());
    ASSERT_TRUE(ticket.ok());
    std::vector<std::thread> claimers;
    std::vector<Code> codes(kThreads);
    for (Code& code : codes) claimers.emplace_back([&] { code = ClaimCode(*ticket); });
    for (std::thread& claimer : claimers) claimer.join();
    EXPECT_EQ(std::count(codes.begin(), codes.end(), Code::kOk), 1);
    EXPECT_EQ(std::count(codes.begin(), codes.end(), Code::kNotFound), kThreads - 1);
  }
}

// CONN-82
TEST_F(FdSharerTest, StoppingClosesWhatWasNotClaimedAndSharingStartsAnew) {
  const size_t before = OpenDescriptors("self").size();
  const auto old = ShareFd(write_.get());
  ASSERT_TRUE(old.ok());
  EXPECT_TRUE(StopSharingFds(Deadline::Forever()).ok());
  EXPECT_TRUE(StopSharingFds(Deadline::Forever()).ok());
  while (OpenDescriptors("self").size() > before) std::this_thread::yield();
  EXPECT_EQ(ClaimCode(*old), Code::kNotFound);
  const auto anew = ShareFd(write_.get());
  ASSERT_TRUE(anew.ok());
  EXPECT_EQ(ClaimCode(*anew), Code::kOk);
}

// CONN-84
TEST_F(FdSharerTest, AForkDropsWhatItsParentShares) {
  const auto ticket = ShareFd(write_.get());
  ASSERT_TRUE(ticket.ok());
  Child child([&] {
    if (CountSharedFds() != 0) return 1;
    // What is shared here is this process's own.
    const auto own = ShareFd(read_.get());
    if (!own.ok() || ClaimCode(*own) != Code::kOk) return 2;
    return ClaimCode(*ticket) == Code::kOk ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(ClaimCode(*ticket), Code::kNotFound);
}

TEST_F(FdSharerTest, ForksAmongClaimsNeverHang) {
  if (testing::kThreadSanitized) GTEST_SKIP() << "children of a process with threads start some";
  std::atomic<bool> done{false};
  std::thread claimer([&] {
    while (!done) EXPECT_EQ(ClaimCode(*ShareFd(write_.get())), Code::kOk);
  });
  for (int i = 0; i < 50; ++i) {
    Child child([&] {
      const auto ticket = ShareFd(read_.get());
      return ticket.ok() && ClaimCode(*ticket) == Code::kOk ? 0 : 1;
    });
    EXPECT_EQ(child.Wait(), 0);
  }
  done = true;
  claimer.join();
}

TEST_F(FdSharerTest, AKilledSharerIsNotFound) {
  Ends ends = MakeEnds();
  Child child([&] {
    SendCode(ends.second.get(), *ShareFd(0));
    pause();
    return 0;
  });
  const std::string ticket = ReceiveText(ends.first.get());
  child.Kill();
  child.Wait();
  EXPECT_EQ(ClaimCode(ticket), Code::kNotFound);
}

TEST_F(FdSharerTest, WhatIsNoTicketOrDescriptorIsRefused) {
  EXPECT_EQ(CodeOf(ShareFd(-1).status()), Code::kInvalid);
  EXPECT_EQ(CodeOf(ShareFd(1 << 29).status()), Code::kInvalid);
  auto ticket = ShareFd(write_.get());
  ASSERT_TRUE(ticket.ok());
  for (const std::string& wrong : {std::string(), std::string("|||"), *ticket + "|",
                                   ticket->substr(1), std::string("billiard-fd|@x|00|1")}) {
    EXPECT_EQ(ClaimCode(wrong), Code::kInvalid) << wrong;
  }
  EXPECT_EQ(ClaimCode(*ticket + "0"), Code::kNotFound);
  // Another key is no ticket, even where all else is right.
  std::string guessed = *ticket;
  char& digit = guessed[guessed.rfind('|') - 1];
  digit = digit == '0' ? '1' : '0';
  EXPECT_EQ(ClaimCode(guessed), Code::kAuthentication);
  EXPECT_EQ(ClaimCode(*ticket), Code::kOk);
}

}  // namespace
}  // namespace billiard::connection
