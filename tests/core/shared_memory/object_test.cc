#include "billiard_core/shared_memory/object.h"

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/os/shared_file.h"
#include "billiard_core/shared_memory/references.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/object_harness.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::Child;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

class ObjectTest : public ::testing::Test {
 protected:
  Code CodeOfAttach(ObjectName name, ObjectKind kind = ObjectKind::kMemory) {
    return CodeOf(Object::Attach(arena_, name, kind).status());
  }

  Watchdog watchdog_{120};
  std::shared_ptr<Arena> arena_ = MakeArena();
};

TEST_F(ObjectTest, IsZeroAlignedAndAsLargeAsAskedFor) {
  for (const uint64_t bytes : {1, 63, 64, 65, 1000, 70000}) {
    Object object = MakeObject(arena_, bytes);
    EXPECT_EQ(object.bytes(), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(object.data()) % 64, 0u);  // SHM-40
    for (uint64_t i = 0; i < bytes; ++i) ASSERT_EQ(object.data()[i], std::byte{0});
    memset(object.data(), 0xff, bytes);
    EXPECT_TRUE(object.Usable().ok());
  }
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectTest, AnObjectOfNoBytesIsAnObject) {  // SHM-40
  Object object = MakeObject(arena_, 0);
  EXPECT_EQ(object.bytes(), 0u);
  EXPECT_NE(object.data(), nullptr);
  EXPECT_EQ(object.As<char>(), nullptr);
  EXPECT_EQ(CodeOfAttach(object.name()), Code::kOk);
}

TEST_F(ObjectTest, TooLargeIsRefused) {
  EXPECT_EQ(
      CodeOf(Object::Make(arena_, ObjectKind::kArray, Object::kLargestBytes + 1, nullptr).status()),
      Code::kTooLarge);
  EXPECT_EQ(CodeOf(Object::Make(arena_, ObjectKind::kArray, UINT64_MAX, nullptr).status()),
            Code::kTooLarge);
}

TEST_F(ObjectTest, AFullArenaIsNoMemAndStaysUsable) {  // G-SHM-6, SHM-47
  std::vector<Object> objects;
  Code code = Code::kOk;
  while (code == Code::kOk) {
    auto object = Object::Make(arena_, ObjectKind::kMemory, 1 << 20, nullptr);
    code = CodeOf(object.status());
    if (object.ok()) objects.push_back(*std::move(object));
  }
  EXPECT_EQ(code, Code::kNoMem);
  EXPECT_GE(objects.size(), 15u);
  objects.pop_back();
  EXPECT_TRUE(Object::Make(arena_, ObjectKind::kMemory, 1 << 20, nullptr).ok());
  objects.clear();
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectTest, MemoryOfTheDeadIsTakenBackWhenThereIsNoOther) {
  Child child([&] {
    std::vector<Object> all;
    for (;;) {
      auto object = Object::Make(arena_, ObjectKind::kMemory, 1 << 20, nullptr);
      if (!object.ok()) return all.size() < 15 ? 1 : 0;  // keeping them all
      all.push_back(*std::move(object));
    }
  });
  child.AwaitZombie();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Object::Make(arena_, ObjectKind::kMemory, 8 << 20, nullptr).ok());
  }
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectTest, InitIsDoneBeforeAnybodyCanAttach) {
  auto object = Object::Make(arena_, ObjectKind::kValue, 8, [&](Arena* arena, std::byte* data) {
    EXPECT_EQ(arena, arena_.get());
    *reinterpret_cast<uint64_t*>(data) = 42;
    return absl::OkStatus();
  });
  ASSERT_TRUE(object.ok());
  auto again = Object::Attach(arena_, object->name(), ObjectKind::kValue);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again->As<uint64_t>(), 42u);
  EXPECT_EQ(again->bytes(), 8u);
}

TEST_F(ObjectTest, WhatInitRefusesIsFreed) {
  const auto refuse = [](Arena*, std::byte*) { return MakeStatus(Code::kInvalid, "not this"); };
  EXPECT_EQ(CodeOf(Object::Make(arena_, ObjectKind::kValue, 8, refuse).status()), Code::kInvalid);
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectTest, LastReferenceFrees) {
  Object first = MakeObject(arena_);
  const ObjectName name = first.name();
  EXPECT_NE(name.ToId(), 0u);
  EXPECT_EQ(ObjectName::FromId(name.ToId()), name);
  {
    auto second = Object::Attach(arena_, name, ObjectKind::kMemory);
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(arena_->references()->CountHolders(name.granule), 2u);
    const Object moved = *std::move(second);
    EXPECT_EQ(arena_->references()->CountHolders(name.granule), 2u);
    EXPECT_EQ(arena_->Stats().objects, 1u);
    first = MakeObject(arena_);  // gives the first reference back
    EXPECT_EQ(moved.name(), name);
    EXPECT_EQ(CodeOfAttach(name), Code::kOk);
  }
  EXPECT_EQ(CodeOfAttach(name), Code::kNotFound);
  EXPECT_EQ(arena_->Stats().objects, 1u);
}

TEST_F(ObjectTest, NamesOfTheDeadNeverFit) {  // G-SHM-1
  std::vector<ObjectName> old;
  for (int i = 0; i < 200; ++i) {
    const Object object = MakeObject(arena_, i % 3 == 0 ? 100'000 : 64);
    for (const ObjectName name : old) ASSERT_EQ(CodeOfAttach(name), Code::kNotFound);
    old.push_back(object.name());
  }
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectTest, AnotherKindIsInvalid) {
  const Object object = MakeObject(arena_, 64, ObjectKind::kLock);
  EXPECT_EQ(CodeOfAttach(object.name(), ObjectKind::kEvent), Code::kInvalid);
  EXPECT_EQ(CodeOfAttach(object.name(), ObjectKind::kLock), Code::kOk);
  EXPECT_EQ(arena_->references()->CountHolders(object.name().granule), 1u);
}

TEST_F(ObjectTest, NamesThatNobodyMadeAreNotFound) {
  const Object object = MakeObject(arena_);
  const uint32_t granule = object.name().granule;
  for (const uint32_t other : {0u, granule + 1, 1u << 29, UINT32_MAX}) {
    for (const uint32_t generation : {0u, 1u, object.name().generation, UINT32_MAX}) {
      EXPECT_EQ(CodeOfAttach({other, generation}), Code::kNotFound) << other;
    }
  }
  EXPECT_EQ(CodeOfAttach({granule, object.name().generation + 1}), Code::kNotFound);
}

TEST_F(ObjectTest, HoldersHaveABound) {
  const Object object = MakeObject(arena_);
  std::vector<Object> more;
  while (more.size() < kMaxHolders - 1) {
    auto next = Object::Attach(arena_, object.name(), ObjectKind::kMemory);
    ASSERT_TRUE(next.ok()) << next.status();
    more.push_back(*std::move(next));
  }
  EXPECT_EQ(CodeOfAttach(object.name()), Code::kFull);
  more.pop_back();
  EXPECT_EQ(CodeOfAttach(object.name()), Code::kOk);
}

TEST_F(ObjectTest, ChildAllocatesParentReads) {  // G-SHM-1, W-SHM-6
  Shared<std::atomic<uint64_t>> id;
  Shared<std::atomic<uint32_t>> attached;
  Child child([&] {
    auto object = Object::Make(arena_, ObjectKind::kMemory, 1000, nullptr);
    if (!object.ok()) return 1;
    Paint(*object, 7);
    id->store(object->name().ToId());
    testing::AwaitAtLeast(*attached, 1);
    return 0;
  });
  while (id->load() == 0) sched_yield();
  auto object = Object::Attach(arena_, ObjectName::FromId(id->load()), ObjectKind::kMemory);
  ASSERT_TRUE(object.ok()) << object.status();
  attached->store(1);
  EXPECT_EQ(child.Wait(), 0);
  arena_->Recover();  // the maker is dead, and the object stays for who has it
  EXPECT_EQ(object->bytes(), 1000u);
  EXPECT_TRUE(IsPainted(*object, 7));
  object = MakeStatus(Code::kState, "given back");
  ExpectNothingIsLeft(arena_.get());
}

TEST_F(ObjectTest, AnArenaIsOpenedByItsDescriptor) {
  Object object = MakeObject(arena_, 100);
  Paint(object, 3);
  Child child([&] {
    auto same = Arena::OpenFd(*os::DuplicateFd(arena_->segment()->fd()));
    if (!same.ok()) return 1;
    auto its = Object::Attach(*same, object.name(), ObjectKind::kMemory);
    return its.ok() && its->data() != object.data() && IsPainted(*its, 3) ? 0 : 2;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(ObjectTest, TheDefaultArenaIsThatOfTheForks) {
  auto object = Object::Make(nullptr, ObjectKind::kValue, 8, nullptr);
  ASSERT_TRUE(object.ok());
  Child child([&] {
    auto own = Object::Attach(nullptr, object->name(), ObjectKind::kValue);
    if (!own.ok()) return 1;
    *own->As<uint64_t>() = 5;
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(*object->As<uint64_t>(), 5u);
}

TEST_F(ObjectTest, DifferentObjectsShareNoByte) {  // SHM-26
  std::vector<Object> objects;
  for (uint64_t i = 0; i < 500; ++i) {
    objects.push_back(MakeObject(arena_, 8 + i * 37 % 3000));
    Paint(objects.back(), i << 32);
  }
  for (uint64_t i = 0; i < 500; ++i) EXPECT_TRUE(IsPainted(objects[i], i << 32)) << i;
}

TEST_F(ObjectTest, ThreadsMakeAttachAndRelease) {
  const Object shared = MakeObject(arena_);
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < (kSanitized ? 300u : 3000u); ++i) {
        const Object own = MakeObject(arena_, 64 << i % 4);
        Paint(own, t << 32 | i);
        auto other = Object::Attach(arena_, shared.name(), ObjectKind::kMemory);
        if (!other.ok() || !IsPainted(own, t << 32 | i)) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  ExpectNothingIsLeft(arena_.get(), 1);
}

// G-SYNC-8: small objects are cheap enough for a million of them.
TEST_F(ObjectTest, AMillionSmallObjects) {
  const uint64_t count = kSanitized ? 20'000 : 1'000'000;
  auto arena = MakeArena(count * 64 + (uint64_t{4} << 20));
  std::vector<Object> objects;
  objects.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    objects.push_back(MakeObject(arena, 64, ObjectKind::kLock));
    *objects.back().As<uint64_t>() = i;
  }
  const ArenaStats stats = arena->Stats();
  EXPECT_EQ(stats.objects, count);
  EXPECT_EQ(stats.bytes_in_use, count * 64);
  EXPECT_LE(stats.bytes_committed, count * 64 + (uint64_t{2} << 20));
  for (uint64_t i = 0; i < count; ++i) ASSERT_EQ(*objects[i].As<uint64_t>(), i);
  objects.clear();
  ExpectNothingIsLeft(arena.get());
  for (uint64_t i = 0; i < count / 10; ++i) objects.push_back(MakeObject(arena, 64));
  objects.clear();
  ExpectNothingIsLeft(arena.get());
}

}  // namespace
}  // namespace billiard::shared_memory
