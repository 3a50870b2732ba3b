#include "billiard_core/pool/failure.h"

#include "gtest/gtest.h"

namespace billiard::pool {
namespace {

TEST(FailureTest, TheTextsComeBack) {
  const Failure failure = DecodeFailure(EncodeFailure({"Class", "a message", "line 1\nline 2"}));
  EXPECT_EQ(failure.class_name, "Class");
  EXPECT_EQ(failure.message, "a message");
  EXPECT_EQ(failure.backtrace, "line 1\nline 2");
}

TEST(FailureTest, TextsMayHoldAnyBytes) {
  const std::string bytes("\0\xff\n", 3);
  EXPECT_EQ(DecodeFailure(EncodeFailure({bytes, bytes, bytes})).backtrace, bytes);
}

TEST(FailureTest, ALongTextIsCutWithAMark) {
  const std::string text =
      DecodeFailure(EncodeFailure({"", "", std::string(100000, 'x')})).backtrace;
  EXPECT_LT(text.size(), 70000u);
  EXPECT_EQ(text.substr(0, 10), "xxxxxxxxxx");
  EXPECT_EQ(text.substr(text.size() - 10), "[rest cut]");
}

TEST(FailureTest, AnyBytesGiveSomeFailure) {
  const std::string whole = EncodeFailure({"Class", "message", "backtrace"});
  for (size_t size = 0; size <= whole.size(); ++size) {
    const Failure failure = DecodeFailure(whole.substr(0, size));
    EXPECT_EQ(failure.class_name, std::string("Class").substr(0, size < 4 ? 0 : size - 4));
  }
  EXPECT_EQ(DecodeFailure("\xff\xff\xff\xff text").class_name, " text");
}

TEST(FailureTest, AShortFailureFitsAndKeepsTheFirstWords) {
  for (const size_t limit : {12, 13, 40, 80}) {
    const Failure whole{std::string(100, 'c'), std::string(100, 'm'), "backtrace"};
    const std::string bytes = EncodeShortFailure(whole, limit);
    EXPECT_LE(bytes.size(), limit);
  }
  const Failure kept = DecodeFailure(EncodeShortFailure({"NoMemory", "none left", "trace"}, 80));
  EXPECT_EQ(kept.class_name, "NoMemory");
  EXPECT_EQ(kept.message, "none left");
}

}  // namespace
}  // namespace billiard::pool
