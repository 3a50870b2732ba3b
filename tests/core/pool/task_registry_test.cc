#include "billiard_core/pool/task_registry.h"

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"

namespace billiard::pool {
namespace {

int One(Job&) { return 1; }
int Two(Job&) { return 2; }

TaskRegistry::Identity IdentityOf(int (*function)(Job&), const void* context = nullptr) {
  return {reinterpret_cast<const void*>(function), context};
}

TEST(TaskRegistryTest, ARegisteredTaskIsFound) {
  TaskRegistry registry;
  ASSERT_TRUE(registry.Register("one", One, IdentityOf(One)).ok());
  EXPECT_TRUE(registry.Find("one"));
  EXPECT_FALSE(registry.Find("two"));
}

TEST(TaskRegistryTest, TheSameTaskMayBeRegisteredAgainAndAnotherMayNot) {
  TaskRegistry registry;
  int context;
  ASSERT_TRUE(registry.Register("one", One, IdentityOf(One)).ok());
  EXPECT_TRUE(registry.Register("one", One, IdentityOf(One)).ok());
  EXPECT_EQ(CodeOf(registry.Register("one", Two, IdentityOf(Two))), Code::kExists);
  EXPECT_EQ(CodeOf(registry.Register("one", One, IdentityOf(One, &context))), Code::kExists);
}

TEST(TaskRegistryTest, NamesAreSorted) {
  TaskRegistry registry;
  for (const char* name : {"c", "a", "b"}) {
    ASSERT_TRUE(registry.Register(name, One, IdentityOf(One)).ok());
  }
  EXPECT_EQ(registry.Names(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(TaskRegistryTest, NamesHaveOneTo255Bytes) {
  TaskRegistry registry;
  EXPECT_EQ(CodeOf(registry.Register("", One, IdentityOf(One))), Code::kInvalid);
  EXPECT_EQ(CodeOf(registry.Register(std::string(256, 'x'), One, IdentityOf(One))), Code::kInvalid);
  EXPECT_TRUE(registry.Register(std::string(255, 'x'), One, IdentityOf(One)).ok());
}

}  // namespace
}  // namespace billiard::pool
