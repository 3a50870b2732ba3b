#include "billiard_core/os/memory_map.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "billiard_core/os/eventfd.h"
#include "billiard_core/os/socket.h"
#include "gtest/gtest.h"

namespace billiard::os {
namespace {

TEST(MemoryMapTest, MemfdIsSharedSparseAndCannotShrink) {
  constexpr uint64_t kBytes = uint64_t{1} << 30;
  const absl::StatusOr<Fd> fd = CreateMemfd("billiard-test", kBytes);
  ASSERT_TRUE(fd.ok()) << fd.status();
  EXPECT_EQ(*FileSize(fd->get()), kBytes);
  EXPECT_NE(fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(ftruncate(fd->get(), 4096), 0);
  EXPECT_EQ(errno, EPERM);
  const absl::StatusOr<MemoryMap> one = MapShared(fd->get(), kBytes);
  const absl::StatusOr<MemoryMap> other = MapShared(fd->get(), kBytes);
  ASSERT_TRUE(one.ok() && other.ok());
  ASSERT_TRUE(CommitFile(fd->get(), 0, PageSize()).ok());
  one->data()[17] = std::byte{42};
  EXPECT_EQ(other->data()[17], std::byte{42});
  ASSERT_TRUE(PunchHole(fd->get(), 0, PageSize()).ok());
  EXPECT_EQ(other->data()[17], std::byte{0});
}

TEST(MemoryMapTest, CommitBeyondTheFileIsAnErrorAndNoCrash) {
  const absl::StatusOr<Fd> fd = CreateMemfd("billiard-test", PageSize());
  ASSERT_TRUE(fd.ok());
  // An offset that no file can have: nothing is allocated.
  EXPECT_FALSE(CommitFile(fd->get(), uint64_t{1} << 62, uint64_t{1} << 62).ok());
}

TEST(EventfdTest, PokeMakesItReadableAndDrainUnreadable) {
  const absl::StatusOr<Fd> fd = CreateEventfd();
  ASSERT_TRUE(fd.ok());
  uint64_t count;
  EXPECT_LT(read(fd->get(), &count, sizeof count), 0);
  PokeEventfd(fd->get());
  PokeEventfd(fd->get());
  DrainEventfd(fd->get());
  EXPECT_LT(read(fd->get(), &count, sizeof count), 0);
  EXPECT_EQ(errno, EAGAIN);
}

TEST(SocketTest, KeepsMessagesAndPassesDescriptors) {
  absl::StatusOr<std::pair<Fd, Fd>> pair = CreateSocketPair();
  ASSERT_TRUE(pair.ok());
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  ASSERT_EQ(SendMessage(pair->first.get(), "one", 3, pipe_ends[1]), 3);
  ASSERT_EQ(SendMessage(pair->first.get(), "two", 3, -1), 3);
  char text[16];
  Fd passed;
  ASSERT_EQ(ReceiveMessage(pair->second.get(), text, sizeof text, &passed), 3);
  ASSERT_TRUE(passed.valid());
  EXPECT_NE(fcntl(passed.get(), F_GETFD) & FD_CLOEXEC, 0);
  ASSERT_EQ(write(passed.get(), "x", 1), 1);
  char byte;
  EXPECT_EQ(read(pipe_ends[0], &byte, 1), 1);
  EXPECT_EQ(ReceiveMessage(pair->second.get(), text, sizeof text, &passed), 3);
  pair->first.Reset();
  EXPECT_EQ(ReceiveMessage(pair->second.get(), text, sizeof text, &passed), 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(SocketTest, SendingToNobodyIsAnErrorAndNoSignal) {
  absl::StatusOr<std::pair<Fd, Fd>> pair = CreateSocketPair();
  ASSERT_TRUE(pair.ok());
  pair->second.Reset();
  EXPECT_LT(SendMessage(pair->first.get(), "x", 1, -1), 0);
  EXPECT_EQ(errno, EPIPE);
}

}  // namespace
}  // namespace billiard::os
