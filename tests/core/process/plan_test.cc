// The plan crosses from host to template as bytes.
#include "billiard_core/process/plan.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "billiard_core/process/plan_writer.h"
#include "billiard_core/process/protocol.h"
#include "gtest/gtest.h"

namespace billiard::process {
namespace {

std::string PlanBytes() {
  setenv("BILLIARD_PLAN_TEST", "host", 1);
  TemplateCommand forked;
  TemplateCommand command;
  command.argv = {"program", "", "two words"};
  command.environment = {"BILLIARD_PLAN_TEST=group", "EMPTY="};
  command.worker_prefix = "p:";
  return WritePlan({forked, command}, {{}, {7, 9}}, /*count=*/12, /*entries_offset=*/640);
}

// The exact bytes on the heap, so that a read beyond them is seen by a sanitizer.
struct Copy {
  Copy(const std::string& source, size_t length)
      : bytes(static_cast<char*>(malloc(length))), size(length) {
    source.copy(bytes, length);
  }
  ~Copy() { free(bytes); }
  char* const bytes;
  const size_t size;
};

TEST(PlanTest, ArrivesAsItWasWritten) {
  std::string bytes = PlanBytes();
  TemplatePlan plan = {};
  ASSERT_TRUE(ReadPlan(bytes.data(), bytes.size(), &plan));
  EXPECT_EQ(plan.count, 12);
  ASSERT_EQ(plan.group_count, 2);
  EXPECT_EQ(plan.groups[0].argv, nullptr);
  EXPECT_EQ(plan.groups[0].fd_count, 0);

  const GroupPlan& group = plan.groups[1];
  EXPECT_STREQ(group.argv[0], "program");
  EXPECT_STREQ(group.argv[1], "");
  EXPECT_STREQ(group.argv[2], "two words");
  EXPECT_EQ(group.argv[3], nullptr);
  ASSERT_EQ(group.fd_count, 2);
  EXPECT_EQ(group.fds[0], 7);
  EXPECT_EQ(group.fds[1], 9);
  EXPECT_STREQ(group.worker_prefix, "p:");
  std::vector<std::string> own;
  for (int i = 0; i < group.environment_count; ++i) {
    const std::string entry = group.environment[i];
    if (entry.rfind("BILLIARD_PLAN_TEST=", 0) == 0 || entry == "EMPTY=") own.push_back(entry);
  }
  EXPECT_EQ(own, (std::vector<std::string>{"BILLIARD_PLAN_TEST=group", "EMPTY="}));
  EXPECT_EQ(group.environment[group.environment_count], nullptr);      // for BILLIARD_WORKER
  EXPECT_EQ(group.environment[group.environment_count + 1], nullptr);  // the end
  FreePlan(&plan);
}

// Padding may be cut off without harm, but nothing else may.
TEST(PlanTest, EveryCutIsNoticed) {
  const std::string bytes = PlanBytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Copy cut(bytes, size);
    TemplatePlan plan = {};
    EXPECT_FALSE(ReadPlan(cut.bytes, cut.size, &plan)) << size;
  }
}

TEST(PlanTest, AnotherVersionIsRefused) {
  std::string bytes = PlanBytes();
  reinterpret_cast<PlanHeader*>(bytes.data())->version = kProtocolVersion + 1;
  TemplatePlan plan = {};
  EXPECT_FALSE(ReadPlan(bytes.data(), bytes.size(), &plan));
}

// Whatever the bytes say, reading stays inside them.
TEST(PlanTest, DamagedBytesDoNotLeadOutside) {
  const std::string bytes = PlanBytes();
  int readable = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char value : {'\0', '\1', '\x7f', '\xff'}) {
      const Copy damaged(bytes, bytes.size());
      damaged.bytes[at] = value;
      TemplatePlan plan = {};
      if (!ReadPlan(damaged.bytes, damaged.size, &plan)) continue;
      EXPECT_GE(plan.count, 1);
      EXPECT_GE(plan.group_count, 1);
      ++readable;
      FreePlan(&plan);
    }
  }
  EXPECT_GT(readable, 0);  // damage inside a text is not noticed
}

}  // namespace
}  // namespace billiard::process
