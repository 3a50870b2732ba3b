#include "billiard_core/pool/options.h"

#include <functional>

#include "billiard_core/base/cpus.h"
#include "billiard_core/base/status.h"
#include "gtest/gtest.h"

namespace billiard::pool {
namespace {

PoolOptions OneGroup() {
  PoolOptions options;
  options.groups.resize(1);
  options.groups[0].workers = 2;
  return options;
}

TEST(OptionsTest, DefaultsAreFilledIn) {
  PoolOptions options = OneGroup();
  options.groups[0].workers = 0;
  ASSERT_TRUE(CheckOptions(&options).ok());
  EXPECT_EQ(options.groups[0].name, "default");
  EXPECT_EQ(options.groups[0].workers, CpusAvailable());
  EXPECT_EQ(options.max_boot_failures, 10 * CpusAvailable());
}

TEST(OptionsTest, LaterGroupsGetTheirIndexAsAName) {
  PoolOptions options = OneGroup();
  options.groups.push_back(options.groups[0]);
  ASSERT_TRUE(CheckOptions(&options).ok());
  EXPECT_EQ(options.groups[1].name, "group-1");
}

TEST(OptionsTest, NoLimitOfBootFailuresStaysNone) {
  PoolOptions options = OneGroup();
  options.max_boot_failures = -1;
  ASSERT_TRUE(CheckOptions(&options).ok());
  EXPECT_EQ(options.max_boot_failures, -1);
}

struct Refused {
  const char* names;  // what the message has to name
  std::function<void(PoolOptions*)> spoil;
};

TEST(OptionsTest, WhatCanNotBeIsRefusedByName) {
  const Refused all[] = {
      {"groups", [](PoolOptions* o) { o->groups.clear(); }},
      {"group_count", [](PoolOptions* o) { o->groups.resize(65); }},
      {"workers", [](PoolOptions* o) { o->groups[0].workers = -1; }},
      {"workers", [](PoolOptions* o) { o->groups[0].workers = 4097; }},
      {"name", [](PoolOptions* o) { o->groups[0].name = std::string(256, 'x'); }},
      {"command[0]", [](PoolOptions* o) { o->groups[0].command = {""}; }},
      {"tasks", [](PoolOptions* o) { o->groups[0].tasks = {""}; }},
      {"tasks", [](PoolOptions* o) { o->groups[0].tasks = {std::string(256, 'x')}; }},
      {"max_jobs", [](PoolOptions* o) { o->max_jobs = 0; }},
      {"max_jobs", [](PoolOptions* o) { o->max_jobs = (1u << 24) + 1; }},
      {"max_payload", [](PoolOptions* o) { o->max_payload = 0; }},
      {"max_payload", [](PoolOptions* o) { o->max_payload = UINT64_MAX; }},
      {"start_timeout_ns", [](PoolOptions* o) { o->start_timeout_ns = -1; }},
      {"groups[1].name",
       [](PoolOptions* o) {
         o->groups.push_back(o->groups[0]);
         o->groups[0].name = o->groups[1].name = "same";
       }},
  };
  for (const Refused& refused : all) {
    PoolOptions options = OneGroup();
    refused.spoil(&options);
    const absl::Status status = CheckOptions(&options);
    EXPECT_EQ(CodeOf(status), Code::kInvalid) << refused.names;
    EXPECT_NE(status.message().find(refused.names), absl::string_view::npos) << status;
  }
}

}  // namespace
}  // namespace billiard::pool
