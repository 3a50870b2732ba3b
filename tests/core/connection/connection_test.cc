#include "billiard_core/connection/connection.h"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>
#include <vector>

#include "tests/core/connection/ends.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::connection {
namespace {

using testing::AwaitSleeping;
using testing::Child;
using testing::Watchdog;

class ConnectionTest : public ::testing::Test {
 protected:
  Watchdog watchdog_{100};
};

TEST_F(ConnectionTest, MessagesArriveWholeAndInOrderAlsoEmptyAndLargeOnes) {
  Ends ends = MakeEnds();
  const std::string large(16 << 20, 'x');
  Child child([&] {
    ends.first->Close();
    for (int i = 0; i < 4; ++i) {
      const std::string message = ReceiveText(ends.second.get());
      if (SendCode(ends.second.get(), message) != Code::kOk) return 1;
    }
    return ReceiveText(ends.second.get()) == Failure(Code::kEndOfStream) ? 0 : 2;
  });
  ends.second->Close();
  for (const std::string& message :
       {std::string("one"), std::string(), large, std::string("\0a", 2)}) {
    std::thread sender([&] { EXPECT_EQ(SendCode(ends.first.get(), message), Code::kOk); });
    EXPECT_EQ(ReceiveText(ends.first.get()), message);
    sender.join();
  }
  ends.first->Close();
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(ConnectionTest, AOneWayPipeRefusesTheOtherDirection) {
  Ends ends = MakeEnds({.duplex = false});
  EXPECT_TRUE(ends.first->readable());
  EXPECT_FALSE(ends.first->writable());
  EXPECT_FALSE(ends.second->readable());
  EXPECT_TRUE(ends.second->writable());
  const auto sent = ends.first->Send("x", Deadline::Forever(), nullptr);
  EXPECT_EQ(CodeOf(sent.status()), Code::kState);
  EXPECT_EQ(sent.status().message(), "connection is read-only");
  Bytes message;
  const absl::Status received = ends.second->Receive(-1, Deadline::Forever(), nullptr, &message);
  EXPECT_EQ(CodeOf(received), Code::kState);
  EXPECT_EQ(received.message(), "connection is write-only");
  EXPECT_EQ(CodeOf(ends.second->Poll(Deadline::Now(), nullptr).status()), Code::kState);
  EXPECT_EQ(SendCode(ends.second.get(), "y"), Code::kOk);
  EXPECT_EQ(ReceiveText(ends.first.get()), "y");
}

TEST_F(ConnectionTest, AClosedOneRefusesEverything) {
  Ends ends = MakeEnds();
  ends.first->Close();
  ends.first->Close();
  EXPECT_TRUE(ends.first->closed());
  const auto fd = ends.first->fd();
  EXPECT_EQ(CodeOf(fd.status()), Code::kClosed);
  EXPECT_EQ(fd.status().message(), "handle is closed");
  EXPECT_EQ(SendCode(ends.first.get(), "x"), Code::kClosed);
  EXPECT_EQ(ReceiveText(ends.first.get()), Failure(Code::kClosed));
  EXPECT_EQ(CodeOf(ends.first->Poll(Deadline::Now(), nullptr).status()), Code::kClosed);
}

TEST_F(ConnectionTest, DescriptorsAreCheckedAndCloseOnExec) {
  for (const int bad : {-1, 1 << 29}) {
    os::Fd fd(bad);
    const auto made = Connection::FromFd(&fd, {});
    EXPECT_EQ(CodeOf(made.status()), Code::kInvalid);
    fd.Release();
  }
  os::Fd some(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(CodeOf(Connection::FromFd(&some, {.readable = false, .writable = false}).status()),
            Code::kInvalid);
  EXPECT_TRUE(some.valid()) << "what was refused stays the caller's";
  int datagrams[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams), 0);
  os::Fd first(datagrams[0]), second(datagrams[1]);
  EXPECT_EQ(CodeOf(Connection::FromFd(&first, {}).status()), Code::kInvalid);
  Ends ends = MakeEnds();
  EXPECT_EQ(fcntl(*ends.first->fd(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(fcntl(*ends.second->fd(), F_GETFD), FD_CLOEXEC);
}

TEST_F(ConnectionTest, AMessageAboveTheCallersLimitEndsReceiving) {
  Ends duplex = MakeEnds();
  ASSERT_EQ(SendCode(duplex.second.get(), "12345"), Code::kOk);
  EXPECT_EQ(ReceiveText(duplex.first.get(), Deadline::Forever(), 4), Failure(Code::kTooLarge));
  EXPECT_EQ(ReceiveText(duplex.first.get()), Failure(Code::kState));
  EXPECT_EQ(SendCode(duplex.first.get(), "still"), Code::kOk);
  EXPECT_EQ(ReceiveText(duplex.second.get()), "still");
  Ends one_way = MakeEnds({.duplex = false});
  ASSERT_EQ(SendCode(one_way.second.get(), ""), Code::kOk);
  ASSERT_EQ(SendCode(one_way.second.get(), "1"), Code::kOk);
  EXPECT_EQ(ReceiveText(one_way.first.get(), Deadline::Forever(), 0), "");
  EXPECT_EQ(ReceiveText(one_way.first.get(), Deadline::Forever(), 0), Failure(Code::kTooLarge));
  EXPECT_TRUE(one_way.first->closed());
  EXPECT_EQ(ReceiveText(duplex.second.get(), Deadline::Now(), -2), Failure(Code::kInvalid));
}

TEST_F(ConnectionTest, ASenderAboveTheLimitIsToldBeforeAnythingIsWritten) {
  Ends ends = MakeEnds({.max_message = 10});
  EXPECT_EQ(SendCode(ends.first.get(), "12345678901"), Code::kTooLarge);
  EXPECT_EQ(SendCode(ends.first.get(), "1234567890"), Code::kOk);
  EXPECT_EQ(ReceiveText(ends.second.get()), "1234567890");
}

TEST_F(ConnectionTest, TheEndIsSeenAsSuchAndAsReadable) {
  Ends ends = MakeEnds();
  EXPECT_FALSE(*ends.first->Poll(Deadline::After(1'000'000), nullptr));
  ASSERT_EQ(SendCode(ends.second.get(), "last"), Code::kOk);
  ends.second->Close();
  EXPECT_TRUE(*ends.first->Poll(Deadline::Forever(), nullptr));
  EXPECT_EQ(ReceiveText(ends.first.get()), "last");
  EXPECT_TRUE(*ends.first->Poll(Deadline::Now(), nullptr));
  EXPECT_EQ(ReceiveText(ends.first.get()), Failure(Code::kEndOfStream));
  EXPECT_EQ(ReceiveText(ends.first.get()), Failure(Code::kEndOfStream));
}

TEST_F(ConnectionTest, APeerThatLeftIsEpipeAndNeverASignal) {
  Child child([] {
    signal(SIGPIPE, SIG_DFL);
    Ends ends = MakeEnds();
    ends.second->Close();
    const auto sent = ends.first->Send("x", Deadline::Forever(), nullptr);
    if (ErrnoOf(sent.status()) != EPIPE) return 1;
    // The same where the descriptor is a pipe's.
    int fds[2];
    if (pipe(fds) != 0) return 2;
    close(fds[0]);
    os::Fd fd(fds[1]);
    auto writer = Connection::FromFd(&fd, {.readable = false});
    const auto written = (*writer)->Send("x", Deadline::Forever(), nullptr);
    return ErrnoOf(written.status()) == EPIPE ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(ConnectionTest, APipeOfTheSystemCarriesLargeMessagesToo) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  os::Fd read_fd(fds[0]), write_fd(fds[1]);
  auto reader = Connection::FromFd(&read_fd, {.writable = false});
  auto writer = Connection::FromFd(&write_fd, {.readable = false});
  ASSERT_TRUE(reader.ok() && writer.ok());
  const std::string large(1 << 20, 'y');
  std::thread sender([&] { EXPECT_EQ(SendCode(writer->get(), large), Code::kOk); });
  EXPECT_EQ(ReceiveText(reader->get()), large);
  sender.join();
}

TEST_F(ConnectionTest, CloseEndsTheWaitsOfOtherThreads) {
  Ends ends = MakeEnds();
  std::atomic<int> waiting{0};
  std::string got[3];
  std::vector<std::thread> receivers;
  for (std::string& text : got) {
    receivers.emplace_back([&] {
      ++waiting;
      text = ReceiveText(ends.first.get());
    });
  }
  while (waiting < 3) std::this_thread::yield();
  ends.first->Close();
  for (std::thread& receiver : receivers) receiver.join();
  for (const std::string& text : got) EXPECT_EQ(text, Failure(Code::kClosed));
}

TEST_F(ConnectionTest, ATokenEndsAWaitAndLosesNothing) {
  Ends ends = MakeEnds();
  os::Interrupt interrupt;
  std::thread raiser([&] { interrupt.Raise(); });
  Bytes message;
  EXPECT_EQ(CodeOf(ends.first->Receive(-1, Deadline::Forever(), &interrupt, &message)),
            Code::kInterrupted);
  raiser.join();
  ASSERT_EQ(SendCode(ends.second.get(), "kept"), Code::kOk);
  EXPECT_TRUE(ends.first->Receive(-1, Deadline::Forever(), &interrupt, &message).ok());
  EXPECT_EQ(message.view(), "kept");
}

TEST_F(ConnectionTest, MessagesOfManyThreadsNeverMix) {
  constexpr int kThreads = 4, kMessages = 200;
  constexpr size_t kBytes = 70'000;
  Ends ends = MakeEnds();
  std::vector<std::thread> threads;
  std::atomic<int> mixed{0}, received{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const std::string message(kBytes + static_cast<size_t>(i), static_cast<char>('a' + i));
      for (int n = 0; n < kMessages; ++n) {
        EXPECT_EQ(SendCode(ends.first.get(), message), Code::kOk);
      }
    });
    threads.emplace_back([&] {
      for (int n = 0; n < kMessages; ++n) {
        const std::string message = ReceiveText(ends.second.get());
        if (message != std::string(kBytes + static_cast<size_t>(message[0] - 'a'), message[0])) {
          ++mixed;
        }
        ++received;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mixed, 0);
  EXPECT_EQ(received, kThreads * kMessages);
}

TEST_F(ConnectionTest, SignalsDoNotEndItsCalls) {
  Ends ends = MakeEnds();
  Child child([&] {
    signal(SIGUSR1, [](int) {});
    return ReceiveText(ends.second.get()) == "at last" ? 0 : 1;
  });
  for (int i = 0; i < 20; ++i) {
    AwaitSleeping(child.pid());
    child.Signal(SIGUSR1);
  }
  ASSERT_EQ(SendCode(ends.first.get(), "at last"), Code::kOk);
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(ConnectionTest, AForkInTheMiddleOfAReceiveLeavesTheChildItsTurn) {
  Ends ends = MakeEnds();
  std::atomic<pid_t> inside{0};
  std::thread receiver([&] {
    inside = gettid();
    EXPECT_EQ(ReceiveText(ends.first.get()), "for the parent");
  });
  while (inside == 0) std::this_thread::yield();
  AwaitSleeping(inside);
  Child child([&] {
    return ReceiveText(ends.first.get(), Deadline::After(1)) == Failure(Code::kTimeout) ? 0 : 1;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(SendCode(ends.second.get(), "for the parent"), Code::kOk);
  receiver.join();
}

}  // namespace
}  // namespace billiard::connection
