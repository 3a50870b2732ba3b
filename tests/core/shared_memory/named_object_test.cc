// Objects that unrelated processes open by name, and the files under such names.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/shared_file.h"
#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/references.h"
#include "billiard_core/shared_memory/segment.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/object_harness.h"
#include "tests/support/child/child.h"
#include "tests/support/sanitizer.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::AwaitAtLeast;
using testing::Child;
using testing::kSanitized;
using testing::Shared;
using testing::Watchdog;

constexpr ObjectKind kKind = ObjectKind::kValue;

absl::Status WriteFortyTwo(Arena*, std::byte* data) {
  *reinterpret_cast<uint64_t*>(data) = 42;
  return absl::OkStatus();
}

class NamedObjectTest : public ::testing::Test {
 protected:
  NamedObjectTest() {
    static int count = 0;
    name_ = "object-" + std::to_string(getpid()) + "-" + std::to_string(++count);
    file_ = "/billiard-v-" + name_;
  }
  ~NamedObjectTest() override { shm_unlink(file_.c_str()); }

  absl::StatusOr<Object> TryOpen(const Object::Check& check = nullptr) {
    return Object::Open(name_, kKind, 100, WriteFortyTwo, check);
  }
  std::unique_ptr<Object> Open() {
    auto object = TryOpen();
    EXPECT_TRUE(object.ok()) << object.status();
    return object.ok() ? std::make_unique<Object>(*std::move(object)) : nullptr;
  }
  Code CodeOfOpen() { return CodeOf(TryOpen().status()); }

  bool NameExists() {
    const os::Fd fd(shm_open(file_.c_str(), O_RDWR, 0));
    return fd.valid();
  }
  os::Fd MakeFile(mode_t mode = 0600) {
    os::Fd fd(shm_open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
    EXPECT_TRUE(fd.valid());
    EXPECT_EQ(fchmod(fd.get(), mode), 0);
    return fd;
  }

  Watchdog watchdog_{250};
  std::string name_;
  std::string file_;
};

TEST_F(NamedObjectTest, IsMadeOnceAndTheNameGoesWithTheLast) {
  auto first = Open();
  EXPECT_EQ(*first->As<uint64_t>(), 42u);
  EXPECT_EQ(first->bytes(), 100u);
  EXPECT_TRUE(first->has_own_segment());
  *first->As<uint64_t>() = 43;
  auto second = Open();
  EXPECT_EQ(*second->As<uint64_t>(), 43u);
  EXPECT_NE(second->data(), first->data());
  first.reset();
  EXPECT_TRUE(NameExists());
  second.reset();
  EXPECT_FALSE(NameExists());
  EXPECT_EQ(*Open()->As<uint64_t>(), 42u);
}

TEST_F(NamedObjectTest, UnrelatedProcessesShareIt) {
  Shared<std::atomic<uint32_t>> stage;
  Child child([&] {  // it has inherited nothing
    auto own = Open();
    *own->As<uint64_t>() = 7;
    stage->store(1);
    AwaitAtLeast(*stage, 2);
    return 0;
  });
  AwaitAtLeast(*stage, 1);
  auto object = Open();
  EXPECT_EQ(*object->As<uint64_t>(), 7u);
  stage->store(2);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(*Open()->As<uint64_t>(), 7u);
}

TEST_F(NamedObjectTest, AForkedChildKeepsTheName) {
  auto object = Open();
  Shared<std::atomic<uint32_t>> stage;
  Child child([&] {
    AwaitAtLeast(*stage, 1);
    if (!object->Usable().ok() || *object->As<uint64_t>() != 44) return 1;
    object.reset();
    return NameExists() ? 2 : 0;
  });
  *object->As<uint64_t>() = 44;
  object.reset();
  EXPECT_TRUE(NameExists());
  stage->store(1);
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(NamedObjectTest, WhatTheDeadLeftIsMadeAnew) {
  Child child([&] {
    auto own = Open();
    *own->As<uint64_t>() = 666;
    own.release();  // as a killed process: nothing is given back
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_TRUE(NameExists());
  EXPECT_EQ(*Open()->As<uint64_t>(), 42u);
}

TEST_F(NamedObjectTest, WhoMakesAnyNameSweepsThoseOfTheDead) {
  Child child([&] {
    Open().release();
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_TRUE(NameExists());
  {
    auto other = Object::Open(name_, ObjectKind::kEvent, 8, nullptr, nullptr);  // another letter
    ASSERT_TRUE(other.ok());
    EXPECT_FALSE(NameExists());
  }
  auto living = Open();
  auto other = Object::Open(name_, ObjectKind::kEvent, 8, nullptr, nullptr);
  EXPECT_TRUE(NameExists());
}

TEST_F(NamedObjectTest, KilledHoldersAreForgottenWhileOthersStay) {
  auto object = Open();
  for (int i = 0; i < 20; ++i) {
    Child child([&] {
      Open().release();
      return 0;
    });
    EXPECT_EQ(child.Wait(), 0);
  }
  object->arena()->Recover();
  // The object's own and ours.
  EXPECT_EQ(object->arena()->references()->CountHolders(object->name().granule), 2u);
  EXPECT_EQ(object->arena()->participants()->CountLiving(), 1);
  object.reset();
  EXPECT_FALSE(NameExists());
}

TEST_F(NamedObjectTest, CheckSeesWhatIsThereAndMayRefuseIt) {
  auto object = Open();
  uint64_t seen = 0;
  auto again = TryOpen([&](std::byte* data, uint64_t bytes) {
    seen = *reinterpret_cast<uint64_t*>(data) + bytes;
    return MakeStatus(Code::kInvalid, "another type");
  });
  EXPECT_EQ(seen, 142u);
  EXPECT_EQ(CodeOf(again.status()), Code::kInvalid);
  again = TryOpen([](std::byte*, uint64_t) { return MakeStatus(Code::kState, "not now"); });
  EXPECT_EQ(CodeOf(again.status()), Code::kState);
  EXPECT_TRUE(NameExists());
  EXPECT_EQ(object->arena()->participants()->CountLiving(), 1);
}

TEST_F(NamedObjectTest, InitThatFailsLeavesNoName) {
  const auto refuse = [](Arena*, std::byte*) { return MakeStatus(Code::kInvalid, "not this"); };
  EXPECT_EQ(CodeOf(Object::Open(name_, kKind, 8, refuse, nullptr).status()), Code::kInvalid);
  EXPECT_FALSE(NameExists());
}

TEST_F(NamedObjectTest, NamesHaveRules) {
  const std::string bad[] = {"", "a/b", std::string(201, 'x'), std::string("a\0b", 3)};
  for (const std::string& name : bad) {
    EXPECT_EQ(CodeOf(Object::Open(name, kKind, 8, nullptr, nullptr).status()), Code::kInvalid);
  }
  name_ = std::string(200, 'z');
  file_ = "/billiard-v-" + name_;
  EXPECT_NE(Open(), nullptr);
}

TEST_F(NamedObjectTest, ManyProcessesOpenAndCloseAtOnce) {
  Shared<std::atomic<uint32_t>> sum;
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i) {
    children.emplace_back([&] {
      for (int k = 0; k < 100; ++k) {
        auto object = TryOpen();
        if (!object.ok() || *object->As<uint64_t>() != 42) return 1;
        sum->fetch_add(1);
      }
      return 0;
    });
  }
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(sum->load(), 400u);
  EXPECT_FALSE(NameExists());
}

TEST_F(NamedObjectTest, AnArenaMayHaveAName) {
  const std::string object = "/billiard-m-" + name_;
  {
    auto first = Arena::OpenNamed(name_, {.max_bytes = 1 << 20});
    ASSERT_TRUE(first.ok()) << first.status();
    const Object made = MakeObject(*first, 100);
    auto second = Arena::OpenNamed(name_);
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_TRUE(Object::Attach(*second, made.name(), ObjectKind::kMemory).ok());
    EXPECT_FALSE(made.has_own_segment());
  }
  EXPECT_EQ(os::OpenSharedObject(object.c_str(), os::IfMissing::kFail).ok(), false);
}

// What lies under a name may be anything.

TEST_F(NamedObjectTest, UnfinishedFilesAreMadeAnew) {
  MakeFile();  // its maker died before it wrote a byte
  EXPECT_EQ(CodeOfOpen(), Code::kOk);
  auto segment = Segment::CreateInFile(MakeFile(), SegmentKind::kArena, 1 << 20);
  ASSERT_TRUE(segment.ok());  // its maker died before it was ready
  EXPECT_EQ(CodeOfOpen(), Code::kOk);
}

TEST_F(NamedObjectTest, ForeignFilesAreCorruptAndStay) {
  const os::Fd fd = MakeFile();
  ASSERT_EQ(write(fd.get(), "hello", 5), 5);
  EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  ASSERT_EQ(ftruncate(fd.get(), 1 << 20), 0);
  EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  EXPECT_TRUE(NameExists());
}

TEST_F(NamedObjectTest, FilesThatOthersCanReadAreCorrupt) {
  const os::Fd fd = MakeFile(0644);
  EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  EXPECT_TRUE(NameExists());
}

class HostileFileTest : public NamedObjectTest {
 protected:
  // A file under the name with what a living owner would have in it, and a mapping of all of it.
  HostileFileTest() {
    auto object = Open();
    arena_bytes_ = object->arena()->segment()->bytes();
    living_ = std::move(object);
    const int fd = shm_open(file_.c_str(), O_RDWR, 0);
    bytes_ = static_cast<std::byte*>(
        mmap(nullptr, arena_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    fd_ = os::Fd(fd);
  }
  ~HostileFileTest() override { munmap(bytes_, arena_bytes_); }

  SegmentHeader* header() { return reinterpret_cast<SegmentHeader*>(bytes_); }

  std::unique_ptr<Object> living_;
  uint64_t arena_bytes_;
  std::byte* bytes_;
  os::Fd fd_;
};

TEST_F(HostileFileTest, HeadersThatDoNotFitAreCorrupt) {
  const std::vector<std::byte> good(bytes_, bytes_ + sizeof(SegmentHeader));
  const auto expect_corrupt_after = [&](auto damage) {
    damage(header());
    EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
    EXPECT_TRUE(NameExists());
    memcpy(bytes_, good.data(), good.size());
    EXPECT_EQ(CodeOfOpen(), Code::kOk);
  };
  expect_corrupt_after([](SegmentHeader* it) { it->magic[3] = 'x'; });
  expect_corrupt_after([](SegmentHeader* it) { ++it->major; });
  expect_corrupt_after([](SegmentHeader* it) { it->kind = 2; });
  expect_corrupt_after([](SegmentHeader* it) { it->kind = 77; });
  expect_corrupt_after([](SegmentHeader* it) { it->bytes += 4096; });
  uint64_t* const block_bytes = reinterpret_cast<uint64_t*>(bytes_ + Segment::kHeaderBytes);
  const uint64_t room = *block_bytes;
  for (const uint64_t wrong :
       {uint64_t{0}, room + 1, room + 65536, UINT64_MAX, uint64_t{1} << 36}) {
    *block_bytes = wrong;
    EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  }
  *block_bytes = room;
  uint64_t* const root = block_bytes + 1;
  const uint64_t id = *root;
  for (const uint64_t wrong : {uint64_t{0}, id + 1, UINT64_MAX, id ^ uint64_t{1} << 33}) {
    *root = wrong;
    EXPECT_EQ(CodeOfOpen(), Code::kCorrupt);
  }
  *root = id;
  EXPECT_EQ(CodeOfOpen(), Code::kOk);
}

TEST_F(HostileFileTest, TruncatedFilesAreCorrupt) {
  // A copy: whoever has the file itself open would be killed by its shrinking.
  const std::string copy = "/billiard-v-copy-" + name_;
  for (const uint64_t size :
       {uint64_t{1}, uint64_t{63}, uint64_t{4096}, arena_bytes_ / 2, arena_bytes_ - 1}) {
    const os::Fd fd(shm_open(copy.c_str(), O_RDWR | O_CREAT, 0600));
    ASSERT_EQ(write(fd.get(), bytes_, 8192), 8192);
    ASSERT_EQ(ftruncate(fd.get(), static_cast<off_t>(size)), 0);
    EXPECT_EQ(CodeOf(Object::Open("copy-" + name_, kKind, 100, nullptr, nullptr).status()),
              Code::kCorrupt);
    EXPECT_EQ(shm_unlink(copy.c_str()), 0);
  }
}

// Random bytes over everything that is committed before the objects, but the segment's own header.
// Whatever comes of it, no process is harmed.
TEST_F(HostileFileTest, RandomBytesHarmNobody) {
  const std::vector<std::byte> good(bytes_, bytes_ + arena_bytes_);
  std::mt19937_64 random(7);
  const int rounds = kSanitized ? 30 : 300;
  int opened = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const int changes = 1 << random() % 12;
    Child child([&] {
      for (int i = 0; i < changes; ++i) {
        uint64_t offset = Segment::kHeaderBytes + random() % (arena_bytes_ - Segment::kHeaderBytes);
        // Mostly where something is.
        while (random() % 8 != 0 && good[offset] == std::byte{0}) {
          offset = Segment::kHeaderBytes + random() % (arena_bytes_ - Segment::kHeaderBytes);
        }
        bytes_[offset] = static_cast<std::byte>(random());
      }
      auto object = TryOpen();
      if (!object.ok()) return CodeOf(object.status()) == Code::kInternal ? 1 : 0;
      object->arena()->Recover();
      object->arena()->Stats();
      object->arena()->heap()->CheckTiling().IgnoreError();
      for (int i = 0; i < 10; ++i) {
        Object::Make(object->arena(), kKind, 64 << i, nullptr).status().IgnoreError();
        Object::Attach(object->arena(), ObjectName::FromId(random()), kKind).status().IgnoreError();
      }
      return 10;
    });
    const int result = child.Wait();
    EXPECT_TRUE(result == 0 || result == 10) << result;
    opened += result == 10;
    memcpy(bytes_, good.data(), good.size());
    random.discard(20'000);  // the child's share
  }
  EXPECT_GT(opened, 0);
}

}  // namespace
}  // namespace billiard::shared_memory
