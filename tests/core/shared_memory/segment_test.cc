#include "billiard_core/shared_memory/segment.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "billiard_core/base/status.h"
#include "billiard_core/os/shared_file.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"

namespace billiard::shared_memory {
namespace {

using testing::Child;

constexpr uint64_t kMegabyte = uint64_t{1} << 20;

std::unique_ptr<Segment> Make(uint64_t reserve = kMegabyte) {
  auto segment = Segment::CreateAnonymous(SegmentKind::kTest, reserve);
  EXPECT_TRUE(segment.ok()) << segment.status();
  return *std::move(segment);
}

absl::StatusOr<std::unique_ptr<Segment>> OpenAgain(const Segment& segment,
                                                   SegmentKind kind = SegmentKind::kTest) {
  return Segment::OpenFd(*os::DuplicateFd(segment.fd()), kind);
}

// A published segment in a file that is not sealed, with some of its header changed.
template <typename Change>
Code CodeOfOpeningDamaged(Change change) {
  os::Fd fd(memfd_create("damaged", MFD_CLOEXEC));
  {
    auto segment = Segment::CreateInFile(*os::DuplicateFd(fd.get()), SegmentKind::kTest, kMegabyte);
    (*segment)->Publish();
  }
  change(fd.get());
  return CodeOf(Segment::OpenFd(std::move(fd), SegmentKind::kTest).status());
}

TEST(SegmentTest, OpenedAgainItIsTheSameMemory) {
  auto segment = Make();
  ASSERT_TRUE(segment->Commit(Segment::kHeaderBytes, 4096).ok());
  *segment->At<uint64_t>(Segment::kHeaderBytes) = 42;
  segment->Publish();
  auto again = OpenAgain(*segment);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE((*again)->base(), segment->base());
  EXPECT_EQ(*(*again)->At<uint64_t>(Segment::kHeaderBytes), 42u);
  EXPECT_EQ((*again)->bytes(), segment->bytes());
}

TEST(SegmentTest, NewMemoryIsZero) {
  auto segment = Make();
  for (uint64_t offset = Segment::kHeaderBytes; offset < kMegabyte; offset += 8) {
    ASSERT_EQ(*segment->At<uint64_t>(offset), 0u);
  }
}

TEST(SegmentTest, AtGivesNothingOutsideOrMisaligned) {
  auto segment = Make();
  EXPECT_NE(segment->At<uint64_t>(kMegabyte - 8), nullptr);
  EXPECT_EQ(segment->At<uint64_t>(kMegabyte - 4), nullptr);
  EXPECT_EQ(segment->At<uint64_t>(kMegabyte), nullptr);
  EXPECT_EQ(segment->At<uint64_t>(UINT64_MAX - 7), nullptr);
  EXPECT_EQ(segment->At<uint64_t>(4097), nullptr);
  EXPECT_EQ(segment->At<uint64_t>(0, UINT64_MAX / 8), nullptr);
  EXPECT_NE(segment->At<uint64_t>(0, kMegabyte / 8), nullptr);
  EXPECT_EQ(segment->At<uint64_t>(8, kMegabyte / 8), nullptr);
}

TEST(SegmentTest, CommitOutsideIsRefused) {
  auto segment = Make();
  EXPECT_TRUE(segment->Commit(0, kMegabyte).ok());
  EXPECT_FALSE(segment->Commit(1, kMegabyte).ok());
  EXPECT_FALSE(segment->Commit(UINT64_MAX, 1).ok());
  EXPECT_FALSE(segment->Commit(1, UINT64_MAX).ok());
}

TEST(SegmentTest, DecommittedMemoryReadsAsZeroAndItsNeighboursStay) {
  auto segment = Make();
  memset(segment->base() + 4096, 7, 3 * 4096);
  segment->Decommit(4097, 2 * 4096);  // covers one page wholly
  EXPECT_EQ(*segment->At<uint8_t>(2 * 4096 - 1), 7);
  EXPECT_EQ(*segment->At<uint8_t>(2 * 4096), 0);
  EXPECT_EQ(*segment->At<uint8_t>(3 * 4096 - 1), 0);
  EXPECT_EQ(*segment->At<uint8_t>(3 * 4096), 7);
}

TEST(SegmentTest, DefaultReserveIsGenerous) {
  auto segment = Segment::CreateAnonymous(SegmentKind::kTest);
  ASSERT_TRUE(segment.ok()) << segment.status();
  EXPECT_GE((*segment)->bytes(), uint64_t{1} << 30);
}

TEST(SegmentTest, AnonymousSegmentCanNotBeTruncated) {
  auto segment = Make();
  EXPECT_NE(ftruncate(segment->fd(), 4096), 0);
}

TEST(SegmentTest, OpeningBeforePublishIsRefused) {
  auto segment = Make();
  EXPECT_EQ(CodeOf(OpenAgain(*segment).status()), Code::kState);
}

TEST(SegmentTest, OpeningAsAnotherKindIsCorrupt) {
  auto segment = Make();
  segment->Publish();
  EXPECT_EQ(CodeOf(OpenAgain(*segment, SegmentKind::kQueue).status()), Code::kCorrupt);
}

TEST(SegmentTest, TruncatedFileIsCorrupt) {
  EXPECT_EQ(CodeOfOpeningDamaged([](int fd) { ASSERT_EQ(ftruncate(fd, 8192), 0); }),
            Code::kCorrupt);
  EXPECT_EQ(CodeOfOpeningDamaged([](int fd) { ASSERT_EQ(ftruncate(fd, 10), 0); }), Code::kCorrupt);
  EXPECT_EQ(CodeOfOpeningDamaged([](int fd) { ASSERT_EQ(ftruncate(fd, 0), 0); }), Code::kCorrupt);
}

TEST(SegmentTest, GrownFileIsCorrupt) {
  EXPECT_EQ(CodeOfOpeningDamaged([](int fd) { ASSERT_EQ(ftruncate(fd, 1 << 30), 0); }),
            Code::kCorrupt);
}

TEST(SegmentTest, EveryDamagedByteOfTheHeaderIsNoticedOrHarmless) {
  constexpr size_t kCheckedBytes = 24;  // magic, version, kind, size
  for (size_t i = 0; i < kCheckedBytes; ++i) {
    const Code code = CodeOfOpeningDamaged([i](int fd) {
      uint8_t byte = 0;
      ASSERT_EQ(pread(fd, &byte, 1, static_cast<off_t>(i)), 1);
      byte ^= 0x55;
      ASSERT_EQ(pwrite(fd, &byte, 1, static_cast<off_t>(i)), 1);
    });
    const bool minor_version = i == 10 || i == 11;
    EXPECT_EQ(code, minor_version ? Code::kOk : Code::kCorrupt) << "byte " << i;
  }
}

TEST(SegmentTest, ReserveShrinksToALimitedAddressSpace) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need all of the address space";
#endif
  Child child([] {
    const rlimit limit = {uint64_t{600} << 20, uint64_t{600} << 20};
    if (setrlimit(RLIMIT_AS, &limit) != 0) return 2;
    auto segment = Segment::CreateAnonymous(SegmentKind::kTest);
    if (!segment.ok()) return 3;
    return (*segment)->bytes() >= (uint64_t{64} << 20) ? 0 : 4;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST(SegmentTest, ReserveShrinksToALimitedFileSize) {
  Child child([] {
    const rlimit limit = {uint64_t{10} << 20, uint64_t{10} << 20};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    if (CodeOf(Segment::CreateAnonymous(SegmentKind::kTest, uint64_t{20} << 20).status()) !=
        Code::kNoMem) {
      return 3;
    }
    auto segment = Segment::CreateAnonymous(SegmentKind::kTest);
    return segment.ok() && (*segment)->bytes() == uint64_t{10} << 20 ? 0 : 4;
  });
  EXPECT_EQ(child.Wait(), 0);
}

}  // namespace
}  // namespace billiard::shared_memory
