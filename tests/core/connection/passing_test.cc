#include "billiard_core/connection/passing.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "tests/core/connection/ends.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::connection {
namespace {

using testing::Child;
using testing::OpenDescriptors;
using testing::Watchdog;

class PassingTest : public ::testing::Test {
 protected:
  Watchdog watchdog_{60};
};

// CONN-80, CONN-85
TEST_F(PassingTest, DescriptorsGoWithAMessageToAnotherProcess) {
  Ends ends = MakeEnds();
  Child child([&] {
    Bytes message;
    std::vector<os::Fd> passed;
    if (!ends.second->Receive(-1, Deadline::Forever(), nullptr, &message, &passed).ok()) return 1;
    if (message.view() != "two" || passed.size() != 2) return 2;
    for (const os::Fd& fd : passed) {
      if (fcntl(fd.get(), F_GETFD) != FD_CLOEXEC) return 3;
    }
    return write(passed[1].get(), "hello", 5) == 5 ? 0 : 4;
  });
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  os::Fd read_end(fds[0]), write_end(fds[1]);
  const auto sent =
      ends.first->Send("two", Deadline::Forever(), nullptr, {read_end.get(), write_end.get()});
  ASSERT_TRUE(sent.ok()) << sent.status();
  write_end.Reset();
  char text[6] = {};
  EXPECT_EQ(os::ReadOnce(read_end.get(), text, 5), 5);
  EXPECT_STREQ(text, "hello");
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(PassingTest, DescriptorsThatNobodyAskedForAreClosed) {
  Ends ends = MakeEnds();
  const size_t before = OpenDescriptors("self").size();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(ends.first->Send("fds", Deadline::Forever(), nullptr, {0, 1, 2}).ok());
    EXPECT_EQ(ReceiveText(ends.second.get()), "fds");
  }
  EXPECT_EQ(OpenDescriptors("self").size(), before);
}

TEST_F(PassingTest, AFloodOfDescriptorsDoesNotFillTheTable) {
  WithRawPeer with;
  const size_t before = OpenDescriptors("self").size();
  os::Fd to_pass(dup(0));
  // Every byte of the body brings descriptors.
  with.Write(std::string("\0\0\0\x20", 4));
  for (int i = 0; i < 32; ++i) {
    char byte = 'x';
    iovec part = {&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(50 * sizeof(int))] = {};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(50 * sizeof(int));
    const std::vector<int> fds(50, to_pass.get());
    memcpy(CMSG_DATA(header), fds.data(), 50 * sizeof(int));
    ASSERT_EQ(sendmsg(with.raw.get(), &message, 0), 1);
  }
  Bytes bytes;
  std::vector<os::Fd> passed;
  ASSERT_TRUE(with.connection->Receive(-1, Deadline::Forever(), nullptr, &bytes, &passed).ok());
  EXPECT_EQ(passed.size(), os::ByteStream::kMaxPassed);
  passed.clear();
  to_pass.Reset();
  EXPECT_EQ(OpenDescriptors("self").size(), before);
}

TEST_F(PassingTest, TooManyOrOverAnotherFamilyIsRefused) {
  Ends ends = MakeEnds();
  const std::vector<int> many(os::ByteStream::kMaxPassed + 1, 0);
  EXPECT_EQ(CodeOf(ends.first->Send("x", Deadline::Forever(), nullptr, many).status()),
            Code::kInvalid);
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  os::Fd read_end(fds[0]), write_end(fds[1]);
  auto over_pipe = Connection::FromFd(&write_end, {.readable = false});
  EXPECT_EQ(CodeOf((*over_pipe)->Send("x", Deadline::Forever(), nullptr, {0}).status()),
            Code::kState);
}

// CONN-83
TEST_F(PassingTest, AConnectionKeepsItsDirectionAndFlags) {
  Ends carrier = MakeEnds();
  Ends cargo = MakeEnds({.duplex = false, .second_blocks = false, .max_message = 77});
  Child child([&] {
    auto received = ReceiveConnection(carrier.second.get(), Deadline::Forever(), nullptr);
    if (!received.ok()) return 1;
    const ConnectionOptions options = (*received)->options();
    if (options.readable || !options.writable || options.blocking) return 2;
    if (options.max_message != 77) return 3;
    return SendCode(received->get(), "through it") == Code::kOk ? 0 : 4;
  });
  ASSERT_TRUE(
      SendConnection(carrier.first.get(), *cargo.second, Deadline::Forever(), nullptr).ok());
  cargo.second->Close();
  EXPECT_EQ(ReceiveText(cargo.first.get()), "through it");
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(PassingTest, AnotherMessageIsNoConnection) {
  Ends ends = MakeEnds();
  SendCode(ends.first.get(), "#CONNECTION#");
  EXPECT_EQ(CodeOf(ReceiveConnection(ends.second.get(), Deadline::Forever(), nullptr).status()),
            Code::kCorrupt);
  ASSERT_TRUE(
      ends.first->Send("#CONNECTION#\x08\0\0\0\x01", Deadline::Forever(), nullptr, {0}).ok());
  EXPECT_EQ(CodeOf(ReceiveConnection(ends.second.get(), Deadline::Forever(), nullptr).status()),
            Code::kCorrupt);
}

}  // namespace
}  // namespace billiard::connection
