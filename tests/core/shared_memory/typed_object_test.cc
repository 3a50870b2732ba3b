// The layout of values and arrays in their objects; and objects that say what can not be.
#include "billiard_core/shared_memory/typed_object.h"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"

namespace billiard::shared_memory {
namespace {

std::vector<std::byte> Written(const TypedLayout& layout) {
  std::vector<std::byte> object(layout.bytes);
  layout.WriteTo(object.data());
  return object;
}

TypedLayout Planned(const std::string& text, uint64_t count, LockSort lock,
                    uint64_t lock_object = 0) {
  absl::StatusOr<TypedLayout> layout =
      TypedLayout::Plan(*ElementType::Parse(text), count, Overflow::kWrap, lock, lock_object);
  EXPECT_TRUE(layout.ok()) << layout.status();
  return *layout;
}

TEST(TypedObjectTest, WhatIsWrittenIsRead) {
  const std::string longest = std::string(64, 'x') + ":d," + std::string(64, 'y') + ":b";
  for (const std::string& text : {std::string("i"), std::string("x:d,n:i"), longest}) {
    for (LockSort lock : {LockSort::kNone, LockSort::kOwn, LockSort::kLock, LockSort::kRLock}) {
      for (uint64_t count : {0, 1, 1000}) {
        const TypedLayout layout = Planned(text, count, lock, 77);
        const std::vector<std::byte> object = Written(layout);
        const absl::StatusOr<TypedLayout> read =
            TypedLayout::ReadFrom(object.data(), object.size());
        ASSERT_TRUE(read.ok()) << read.status();
        EXPECT_EQ(read->type.text(), text);
        EXPECT_EQ(read->count, count);
        EXPECT_EQ(read->overflow, Overflow::kWrap);
        EXPECT_EQ(read->lock, lock);
        EXPECT_EQ(read->lock_object, 77u);
        EXPECT_EQ(read->lock_offset, layout.lock_offset);
        EXPECT_EQ(read->lock_offset != 0, lock == LockSort::kOwn);
        EXPECT_EQ(read->data_offset, layout.data_offset);
        EXPECT_EQ(read->data_offset % 64, 0u);
        EXPECT_EQ(read->bytes, read->data_offset + count * layout.type.bytes());
      }
    }
  }
}

TEST(TypedObjectTest, ASmallRawValueTakesTwoLines) {
  EXPECT_LE(Planned("q", 1, LockSort::kNone).bytes, 128u);
}

TEST(TypedObjectTest, LengthsOverTheLargestObjectAreRefused) {
  const ElementType type = *ElementType::Parse("q");
  for (uint64_t count : {uint64_t{1} << 27, uint64_t{1} << 61, UINT64_MAX}) {
    EXPECT_EQ(CodeOf(TypedLayout::Plan(type, count, Overflow::kRefuse, LockSort::kOwn, 0).status()),
              Code::kTooLarge);
  }
}

// G-SHM-7: whatever the bytes say, what is read lies inside the object.
TEST(TypedObjectTest, DamagedHeadersAreRefusedOrStayInside) {
  std::mt19937 random(20261122);
  const std::vector<std::byte> good = Written(Planned("x:d,n:i", 10, LockSort::kOwn));
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::byte> bad = good;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int c = 0; c < changes; ++c) bad[random() % 64] = static_cast<std::byte>(random());
    bad.resize(random() % (good.size() + 1));
    const absl::StatusOr<TypedLayout> read = TypedLayout::ReadFrom(bad.data(), bad.size());
    if (!read.ok()) {
      ++refused;
      ASSERT_EQ(CodeOf(read.status()), Code::kCorrupt);
      continue;
    }
    ASSERT_LE(read->data_offset + read->count * read->type.bytes(), bad.size());
    ASSERT_LE(read->lock_offset + TypedLayout::kLockBytes, bad.size());
  }
  EXPECT_GT(refused, 10'000);
}

TEST(TypedObjectTest, CountsThatOverflowAreRefused) {
  std::vector<std::byte> object = Written(Planned("q", 1, LockSort::kNone));
  const uint64_t counts[] = {2, uint64_t{1} << 61, (uint64_t{1} << 61) + 1, UINT64_MAX};
  for (uint64_t count : counts) {
    memcpy(object.data(), &count, sizeof count);
    EXPECT_EQ(CodeOf(TypedLayout::ReadFrom(object.data(), object.size()).status()), Code::kCorrupt);
  }
}

}  // namespace
}  // namespace billiard::shared_memory
