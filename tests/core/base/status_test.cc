#include "billiard_core/base/status.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace billiard {
namespace {

TEST(StatusTest, OkHasNoCodeAndNoErrno) {
  EXPECT_EQ(CodeOf(absl::OkStatus()), Code::kOk);
  EXPECT_EQ(ErrnoOf(absl::OkStatus()), 0);
}

TEST(StatusTest, EveryCodeSurvivesTheStatus) {
  for (int32_t number = -1; number >= static_cast<int32_t>(Code::kAgain); --number) {
    const absl::Status status = MakeStatus(static_cast<Code>(number), "text");
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(CodeOf(status), static_cast<Code>(number));
    EXPECT_EQ(status.message(), "text");
  }
}

TEST(StatusTest, FailedSystemCallKeepsErrnoAndSaysItInWords) {
  const absl::Status status = OsStatus(EACCES, "open");
  EXPECT_EQ(CodeOf(status), Code::kOs);
  EXPECT_EQ(ErrnoOf(status), EACCES);
  EXPECT_EQ(status.message(), "open: Permission denied");
}

TEST(StatusTest, FullMemoryIsItsOwnCode) {
  EXPECT_EQ(CodeOf(OsStatus(ENOMEM, "mmap")), Code::kNoMem);
  EXPECT_EQ(CodeOf(OsStatus(ENOSPC, "fallocate")), Code::kNoMem);
}

TEST(StatusTest, ForeignStatusIsInternal) {
  EXPECT_EQ(CodeOf(absl::UnknownError("from elsewhere")), Code::kInternal);
}

}  // namespace
}  // namespace billiard
