// Levels and what a line looks like.
#include "billiard_core/logging/line_format.h"

#include "billiard_core/logging/level.h"
#include "gtest/gtest.h"

namespace billiard::logging {
namespace {

Line Some() {
  Line line;
  line.level = kWarning;
  line.message = "disk 90% full";
  line.logger_name = "mine";
  line.process_name = "Process-1";
  line.pid = 77;
  return line;
}

TEST(LevelTest, SevenHaveNamesAndAnyNumberIsOne) {
  EXPECT_EQ(LevelName(0), "NOTSET");
  EXPECT_EQ(LevelName(5), "SUBDEBUG");
  EXPECT_EQ(LevelName(10), "DEBUG");
  EXPECT_EQ(LevelName(20), "INFO");
  EXPECT_EQ(LevelName(25), "SUBWARNING");
  EXPECT_EQ(LevelName(30), "WARNING");
  EXPECT_EQ(LevelName(40), "ERROR");
  EXPECT_EQ(LevelName(7), "Level 7");
}

TEST(LineFormatTest, TheDefaultNamesLevelAndProcess) {
  EXPECT_EQ(FormatLine(kDefaultFormat, Some()), "[WARNING/Process-1] disk 90% full\n");
}

TEST(LineFormatTest, EveryFieldIsFilledIn) {
  EXPECT_EQ(FormatLine("%(name)s %(process)d %(processName)s %(levelname)s %% %(message)s", Some()),
            "mine 77 Process-1 WARNING % disk 90% full\n");
  const std::string time = FormatLine("%(asctime)s", Some());
  ASSERT_EQ(time.size(), std::string("2026-01-31 12:00:00,123\n").size());
  EXPECT_EQ(time[19], ',');
}

TEST(LineFormatTest, WhatIsNoFieldStays) {
  EXPECT_EQ(FormatLine("%(levelno)s %( %d %", Some()), "%(levelno)s %( %d %\n");
  EXPECT_EQ(FormatLine("", Some()), "\n");
}

}  // namespace
}  // namespace billiard::logging
