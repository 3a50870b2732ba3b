// Levels and what a line looks like.
#include "billiard_core/logging/line_format.h"

#include <string>
#include <utility>

#include "billiard_core/logging/level.h"
#include "gtest/gtest.h"
#include "tests/support/json_object.h"

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

TEST(LineFormatTest, AllFieldsAsOneJsonObject) {
  const std::string line = FormatLine(kJsonFormat, Some());
  ASSERT_EQ(line.back(), '\n');
  const auto members = testing::ParseJsonObject(line.substr(0, line.size() - 1));
  ASSERT_TRUE(members.has_value()) << line;
  EXPECT_EQ(members->at("level"), "WARNING");
  EXPECT_EQ(members->at("levelno"), "30");
  EXPECT_EQ(members->at("name"), "mine");
  EXPECT_EQ(members->at("processName"), "Process-1");
  EXPECT_EQ(members->at("process"), "77");
  EXPECT_EQ(members->at("message"), "disk 90% full");
  const std::string& time = members->at("time");
  ASSERT_EQ(time.size(), std::string("2026-01-31T12:00:00.123Z").size());
  EXPECT_EQ(time[10], 'T');
  EXPECT_EQ(time.back(), 'Z');
}

// Whatever a message and a name hold, the line can be parsed, and is one line.
TEST(LineFormatTest, AnyBytesMakeALineOfJson) {
  const std::string whole = "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xB1";
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
  const std::pair<std::string, std::string> texts[] = {
      {"plain", "plain"},
      {"\"quoted\" and \\back\\", "\"quoted\" and \\back\\"},
      {"two\nlines\tand a tab", "two\nlines\tand a tab"},
      {std::string("nul\0 inside", 11), std::string("nul\0 inside", 11)},
      {whole, whole},
      {"cut \xE2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD"},
      {"overlong \xC0\xAF", "overlong \xEF\xBF\xBD\xEF\xBF\xBD"},
      {"surrogate \xED\xA0\x80", "surrogate \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"too far \xF4\x90\x80\x80", "too far \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& [said, read] : texts) {
    Line line = Some();
    line.message = said;
    line.process_name = said;
    const std::string json = FormatLine(kJsonFormat, line);
    EXPECT_EQ(json.find('\n'), json.size() - 1) << json;
    const auto members = testing::ParseJsonObject(json.substr(0, json.size() - 1));
    ASSERT_TRUE(members.has_value()) << json;
    EXPECT_EQ(members->at("message"), read);
    EXPECT_EQ(members->at("processName"), read);
  }
  Line line = Some();
  line.message = every;
  const std::string json = FormatLine(kJsonFormat, line);
  EXPECT_TRUE(testing::ParseJsonObject(json.substr(0, json.size() - 1)).has_value()) << json;
}

TEST(LineFormatTest, WhatIsNoFieldStays) {
  EXPECT_EQ(FormatLine("%(levelno)s %( %d %", Some()), "%(levelno)s %( %d %\n");
  EXPECT_EQ(FormatLine("", Some()), "\n");
}

}  // namespace
}  // namespace billiard::logging
