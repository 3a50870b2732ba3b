// What happens to half a message: nothing is lost, and nothing gets out of step (GAP-33, GAP-34, G-CONN-1 to
// G-CONN-3).
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <thread>

#include "billiard_core/connection/frame.h"
#include "tests/core/connection/ends.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard::connection {
namespace {

using testing::Child;
using testing::Watchdog;

std::string Framed(const std::string& message) {
  unsigned char header[kFrameHeaderBytes];
  EncodeFrameLength(static_cast<uint32_t>(message.size()), header);
  return std::string(reinterpret_cast<char*>(header), sizeof header) + message;
}

class ResumeTest : public ::testing::Test {
 protected:
  Watchdog watchdog_{120};
};

// GAP-33
TEST_F(ResumeTest, ANonBlockingReceiveGoesOnWhereItStopped) {
  WithRawPeer with({.blocking = false});
  const std::string bytes = Framed("message") + Framed("next");
  for (const char byte : Framed("message")) {
    EXPECT_EQ(ReceiveText(with.connection.get()), Failure(Code::kAgain));
    with.Write(std::string(1, byte));
  }
  EXPECT_EQ(ReceiveText(with.connection.get()), "message");
  with.Write(Framed("next"));
  EXPECT_EQ(ReceiveText(with.connection.get()), "next");
}

// G-CONN-1: a peer that writes byte by byte does not stretch the deadline, and loses nothing by it.
TEST_F(ResumeTest, ADeadlineCoversTheWholeMessage) {
  WithRawPeer with;
  const std::string bytes = Framed(std::string(100, 'z'));
  std::string got = Failure(Code::kTimeout);
  size_t written = 0, timeouts = 0;
  while (got == Failure(Code::kTimeout)) {
    ASSERT_LE(written, bytes.size());
    const int64_t began = MonotonicNow();
    got = ReceiveText(with.connection.get(), Deadline::After(kNanosPerMilli / 2));
    if (got == Failure(Code::kTimeout)) {
      EXPECT_GE(MonotonicNow() - began, kNanosPerMilli / 2);
      ++timeouts;
      if (written < bytes.size()) with.Write(bytes.substr(written++, 1));
    }
  }
  EXPECT_EQ(got, std::string(100, 'z'));
  EXPECT_GE(timeouts, bytes.size());
}

TEST_F(ResumeTest, ASendThatStopsMidwayIsPendingAndGoesOutFirst) {
  Ends ends = MakeEnds({.first_blocks = false});
  const std::string large(4 << 20, 'p');
  EXPECT_EQ(SendCode(ends.first.get(), large), Code::kPending);
  const size_t pending = ends.first->pending();
  EXPECT_GT(pending, 0u);
  EXPECT_LT(pending, large.size());
  EXPECT_EQ(SendCode(ends.first.get(), "refused"), Code::kAgain);
  EXPECT_EQ(CodeOf(ends.first->Flush(Deadline::Forever(), nullptr)), Code::kAgain);
  std::thread receiver([&] {
    EXPECT_EQ(ReceiveText(ends.second.get()), large);
    EXPECT_EQ(ReceiveText(ends.second.get()), "behind it");
  });
  ends.first->set_blocking(true);
  EXPECT_TRUE(ends.first->Flush(Deadline::Forever(), nullptr).ok());
  EXPECT_EQ(ends.first->pending(), 0u);
  EXPECT_EQ(SendCode(ends.first.get(), "behind it"), Code::kOk);
  receiver.join();
}

TEST_F(ResumeTest, ASendThatDidNotBeginIsNotSent) {
  Ends ends = MakeEnds();
  const std::string filler(1000, 'f');
  int sent = 0;
  Code code;
  while ((code = SendCode(ends.first.get(), filler, Deadline::Now())) == Code::kOk) ++sent;
  if (code == Code::kPending) ++sent;
  for (int i = 0; i < sent; ++i) {
    if (i == 5) {
      EXPECT_TRUE(ends.first->Flush(Deadline::Forever(), nullptr).ok());
    }
    EXPECT_EQ(ReceiveText(ends.second.get()), filler);
  }
  EXPECT_EQ(ReceiveText(ends.second.get(), Deadline::Now()), Failure(Code::kTimeout));
}

// G-CONN-2: both sides stop at whatever byte there is no more to read or no more room.
TEST_F(ResumeTest, ShortReadsAndWritesNeverGetOutOfStep) {
  const int messages = testing::kLongStorm ? 1'000'000 : 50'000;
  Ends ends = MakeEnds({.first_blocks = false, .second_blocks = false});
  const int small_buffer = 1;  // the least that the system gives
  ASSERT_EQ(setsockopt(*ends.first->fd(), SOL_SOCKET, SO_SNDBUF, &small_buffer, sizeof(int)), 0);
  const auto message_at = [](std::mt19937* random, int i) {
    const size_t longest = i % 1000 == 0 ? 20'000 : 12;
    return std::string((*random)() % longest, static_cast<char>('a' + i % 26));
  };
  std::mt19937 sent_seed(7), received_seed(7);
  int sent = 0, received = 0, stops = 0;
  std::string outgoing = message_at(&sent_seed, 0);
  while (received < messages) {
    while (sent < messages) {
      const Code code = SendCode(ends.first.get(), outgoing);
      if (code == Code::kAgain) break;
      ASSERT_TRUE(code == Code::kOk || code == Code::kPending);
      outgoing = message_at(&sent_seed, ++sent);
    }
    if (sent == messages) static_cast<void>(ends.first->Flush(Deadline::Now(), nullptr));
    while (received < messages) {
      const std::string incoming = ReceiveText(ends.second.get());
      if (incoming == Failure(Code::kAgain)) {
        ++stops;
        break;
      }
      ASSERT_EQ(incoming, message_at(&received_seed, received)) << received;
      ++received;
    }
  }
  EXPECT_GT(stops, messages / 1000) << "nothing was cut short";
}

// GAP-34
TEST_F(ResumeTest, ANegativeLengthClosesTheConnection) {
  for (const std::string& header :
       {std::string("\xff\xff\xff\xff"), std::string("\x80\0\0\0", 4)}) {
    WithRawPeer with;
    with.Write(header);
    EXPECT_EQ(ReceiveText(with.connection.get()), Failure(Code::kCorrupt));
    EXPECT_TRUE(with.connection->closed());
  }
}

TEST_F(ResumeTest, ALengthAboveTheLimitClosesTheConnection) {
  WithRawPeer with({.max_message = 1000});
  with.Write(Framed(std::string(1000, 'x')));
  EXPECT_EQ(ReceiveText(with.connection.get()), std::string(1000, 'x'));
  with.Write(std::string("\0\0\x03\xe9", 4));
  EXPECT_EQ(ReceiveText(with.connection.get()), Failure(Code::kTooLarge));
  EXPECT_TRUE(with.connection->closed());
}

// G-CONN-3
TEST_F(ResumeTest, AnAnnouncedLengthAloneTakesNoMemory) {
  WithRawPeer with({.max_message = kLongestFrame});
  with.Write(std::string("\x7f\xff\xff\xff", 4) + std::string(1000, 'x'));
  Child child([&] {
    if (testing::kSanitized) return 0;  // which reserve all of the address space
    const rlimit little = {256 << 20, 256 << 20};
    if (setrlimit(RLIMIT_AS, &little) != 0) return 1;
    // 2 GiB would not fit.
    return ReceiveText(with.connection.get(), Deadline::After(kNanosPerMilli)) ==
                   Failure(Code::kTimeout)
               ? 0
               : 2;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(ResumeTest, AnEndInsideAMessageIsAnErrorOfItsOwn) {
  for (const size_t cut : {size_t{1}, size_t{3}, size_t{4}, size_t{9}}) {
    WithRawPeer with;
    with.Write(Framed("0123456789").substr(0, cut));
    with.raw.Reset();
    Bytes message;
    const absl::Status status =
        with.connection->Receive(-1, Deadline::Forever(), nullptr, &message);
    EXPECT_EQ(CodeOf(status), Code::kOs) << cut;
    EXPECT_EQ(status.message(), "got end of file during message");
  }
}

// W-CONN-3
TEST_F(ResumeTest, AWriterKilledMidMessageBlocksNobody) {
  Ends ends = MakeEnds();
  Child child([&] {
    ends.first->Close();
    SendCode(ends.second.get(), std::string(8 << 20, 'x'));
    return 0;
  });
  ends.second->Close();
  EXPECT_TRUE(*ends.first->Poll(Deadline::Forever(), nullptr));
  child.Kill();
  child.Wait();
  Bytes message;
  const absl::Status status = ends.first->Receive(-1, Deadline::Forever(), nullptr, &message);
  EXPECT_EQ(CodeOf(status), Code::kOs) << status;
}

}  // namespace
}  // namespace billiard::connection
