#include "billiard_core/process/find_template_program.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "billiard_core/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace billiard::process {
namespace {

using ::testing::HasSubstr;

TEST(FindTemplateProgramTest, TheOptionComesFirst) {
  setenv("BILLIARD_TEMPLATE", "/bin/false", 1);
  EXPECT_EQ(*FindTemplateProgram("/bin/true"), "/bin/true");
  EXPECT_EQ(*FindTemplateProgram(""), "/bin/false");
  unsetenv("BILLIARD_TEMPLATE");
}

TEST(FindTemplateProgramTest, WhatWasAskedForIsNotReplacedByAnother) {
  const absl::Status status = FindTemplateProgram("/no/such/program").status();
  EXPECT_EQ(CodeOf(status), Code::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/such/program"));
}

TEST(FindTemplateProgramTest, FoldersAndPlainFilesAreNoPrograms) {
  EXPECT_EQ(CodeOf(FindTemplateProgram("/tmp").status()), Code::kNotFound);
  EXPECT_EQ(CodeOf(FindTemplateProgram("/etc/passwd").status()), Code::kNotFound);
}

TEST(FindTemplateProgramTest, NamesAllPlacesItLookedAt) {
  unsetenv("BILLIARD_TEMPLATE");
  const absl::StatusOr<std::string> found = FindTemplateProgram("");
  ASSERT_FALSE(found.ok()) << "there is a template beside this test";
  const std::string message(found.status().message());
  EXPECT_THAT(message, HasSubstr("/billiard-template, "));
  EXPECT_THAT(message, HasSubstr("/../libexec/billiard/billiard-template"));
}

}  // namespace
}  // namespace billiard::process
