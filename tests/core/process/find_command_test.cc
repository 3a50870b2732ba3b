#include "billiard_core/process/find_command.h"

#include <errno.h>

#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"

namespace billiard::process {
namespace {

absl::Status Find(std::vector<std::string> argv, std::vector<std::string> environment = {}) {
  TemplateCommand command;
  command.argv = std::move(argv);
  command.environment = std::move(environment);
  return FindCommand(command);
}

TEST(FindCommandTest, FindsPathsAndNames) {
  EXPECT_TRUE(Find({"/bin/sh", "-c", ""}).ok());
  EXPECT_TRUE(Find({"sh"}).ok());
  EXPECT_TRUE(Find({}).ok());  // a forked group
}

TEST(FindCommandTest, LooksWhereTheCommandWillLook) {
  EXPECT_EQ(ErrnoOf(Find({"sh"}, {"PATH=/nowhere"})), ENOENT);
  EXPECT_TRUE(Find({"sh"}, {"PATH=/nowhere:/bin"}).ok());
}

TEST(FindCommandTest, SaysWhyNot) {
  for (const auto& [program, error] : {std::pair("no-such-program-of-billiard", ENOENT),
                                       {"/no/such/program", ENOENT},
                                       {"/dev/null", EACCES},
                                       {"/etc/passwd", EACCES},
                                       {"/etc/passwd/x", ENOTDIR}}) {
    const absl::Status status = Find({program});
    EXPECT_EQ(CodeOf(status), Code::kStartFailed) << program;
    EXPECT_EQ(ErrnoOf(status), error) << program;
  }
}

}  // namespace
}  // namespace billiard::process
