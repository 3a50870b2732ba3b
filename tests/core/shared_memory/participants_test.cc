#include "billiard_core/shared_memory/participants.h"

#include <signal.h>
#include <unistd.h>

#include <set>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::AwaitAtLeast;
using testing::Child;
using testing::Shared;
using testing::Watchdog;

constexpr uint64_t kOffset = Segment::kHeaderBytes;

class ParticipantsTest : public ::testing::Test {
 protected:
  ParticipantsTest() : watchdog_(250) {
    segment_ = *Segment::CreateAnonymous(SegmentKind::kTest, uint64_t{1} << 20);
    table_ = *Participants::Create(segment_.get(), kOffset);
  }

  std::unique_ptr<Participants> AnotherHandle() {
    return *Participants::Open(segment_.get(), kOffset);
  }

  ParticipantEntry& EntryOf(Owner owner) {
    return segment_->At<ParticipantEntry>(kOffset + Participants::kEntriesOffset,
                                          Participants::kMax)[owner & 0xffff];
  }

  std::vector<Owner> SweptOwners() {
    std::vector<Owner> owners;
    table_->Sweep([&owners](Owner owner) {
      owners.push_back(owner);
      return true;
    });
    return owners;
  }

  // A child that registers, reports its owner and waits to be killed.
  Child RegisteredChild(std::atomic<uint32_t>* owner) {
    Child child([this, owner] {
      owner->store(*table_->Self());
      for (;;) pause();
      return 0;
    });
    AwaitAtLeast(*owner, 1);
    return child;
  }

  Watchdog watchdog_;
  std::unique_ptr<Segment> segment_;
  std::unique_ptr<Participants> table_;
  Shared<std::atomic<uint32_t>> childs_owner_;
};

TEST_F(ParticipantsTest, SelfIsTheSameEveryTimeAndAlive) {
  const Owner self = *table_->Self();
  EXPECT_NE(self, kNobody);
  EXPECT_EQ(*table_->Self(), self);
  EXPECT_EQ(table_->SelfIfRegistered(), self);
  EXPECT_FALSE(table_->IsDead(self));
  EXPECT_EQ(table_->CountLiving(), 1);
}

TEST_F(ParticipantsTest, NobodyIsDead) {
  EXPECT_EQ(table_->SelfIfRegistered(), kNobody);
  EXPECT_TRUE(table_->IsDead(kNobody));
  EXPECT_EQ(table_->CountLiving(), 0);
}

TEST_F(ParticipantsTest, TwoHandlesOfOneProcessAreTwoParticipants) {
  auto other = AnotherHandle();
  EXPECT_NE(*table_->Self(), *other->Self());
  EXPECT_EQ(table_->CountLiving(), 2);
}

TEST_F(ParticipantsTest, WhoLeftIsDeadAndItsPlaceIsUsedAgainByAnotherOwner) {
  const Owner first = *table_->Self();
  table_->Leave();
  EXPECT_TRUE(table_->IsDead(first));
  EXPECT_EQ(table_->CountLiving(), 0);
  const Owner second = *table_->Self();
  EXPECT_NE(second, first);
  EXPECT_EQ(second & 0xffff, first & 0xffff);
  EXPECT_TRUE(table_->IsDead(first));
  EXPECT_FALSE(table_->IsDead(second));
}

TEST_F(ParticipantsTest, EpochsWrapWithoutEverGivingNobody) {
  const Owner first = *table_->Self();
  for (int i = 0; i < 3; ++i) {
    table_->Leave();
    EntryOf(first).word.store(uint64_t{0xffff} << 46);  // free; the last epoch was the largest
    const Owner owner = *table_->Self();
    EXPECT_EQ(owner >> 16, 1u);
    EXPECT_NE(owner, kNobody);
  }
}

TEST_F(ParticipantsTest, ForkedChildIsAnotherParticipant) {
  const Owner parent = *table_->Self();
  Child child = RegisteredChild(&*childs_owner_);
  EXPECT_NE(childs_owner_->load(), parent);
  EXPECT_EQ(*table_->Self(), parent);
  EXPECT_FALSE(table_->IsDead(childs_owner_->load()));
  EXPECT_EQ(table_->CountLiving(), 2);
}

TEST_F(ParticipantsTest, UnregisteredChildLeavesTheParentsPlaceAlone) {
  const Owner parent = *table_->Self();
  Child child([this] {
    if (table_->SelfIfRegistered() != kNobody) return 1;
    table_->Leave();
    return 0;
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_FALSE(table_->IsDead(parent));
}

TEST_F(ParticipantsTest, TheQuickLookSeesADeathButNotThatANumberIsUsedAgain) {
  ASSERT_TRUE(table_->Self().ok());
  Child child = RegisteredChild(&*childs_owner_);
  const Owner owner = childs_owner_->load();
  EXPECT_FALSE(table_->SeemsDead(owner));
  EntryOf(owner).word.fetch_xor(1);  // another start time: of a process that had this number before
  EXPECT_TRUE(table_->IsDead(owner));
  EXPECT_FALSE(table_->SeemsDead(owner));
  EntryOf(owner).word.fetch_xor(1);
  child.Kill();
  child.AwaitZombie();
  EXPECT_TRUE(table_->SeemsDead(owner));
  child.Wait();
  EXPECT_TRUE(table_->SeemsDead(owner));
}

TEST_F(ParticipantsTest, KilledChildIsDeadAlsoBeforeItIsReaped) {
  Child child = RegisteredChild(&*childs_owner_);
  child.Kill();
  child.AwaitZombie();
  EXPECT_TRUE(table_->IsDead(childs_owner_->load()));
  child.Wait();
  EXPECT_TRUE(table_->IsDead(childs_owner_->load()));
}

TEST_F(ParticipantsTest, StoppedChildIsAlive) {
  Child child = RegisteredChild(&*childs_owner_);
  child.Stop();
  EXPECT_FALSE(table_->IsDead(childs_owner_->load()));
  EXPECT_TRUE(SweptOwners().empty());
}

TEST_F(ParticipantsTest, SweepTakesADeadOneBackOnce) {
  Child child = RegisteredChild(&*childs_owner_);
  EXPECT_TRUE(SweptOwners().empty());
  child.Kill();
  child.Wait();
  EXPECT_EQ(SweptOwners(), std::vector<Owner>{childs_owner_->load()});
  EXPECT_TRUE(SweptOwners().empty());
  EXPECT_TRUE(table_->IsDead(childs_owner_->load()));
}

TEST_F(ParticipantsTest, UnfinishedSweepIsDoneAgain) {
  Child child = RegisteredChild(&*childs_owner_);
  child.Kill();
  child.Wait();
  EXPECT_EQ(table_->Sweep([](Owner) { return false; }), 0);
  auto other = AnotherHandle();
  EXPECT_NE(*other->Self(), kNobody);
  EXPECT_EQ(*other->Self() & 0xffff, 1u) << "a place that is being taken back was given away";
  EXPECT_EQ(SweptOwners(), std::vector<Owner>{childs_owner_->load()});
}

TEST_F(ParticipantsTest, SweeperKilledInTheMiddleHoldsUpNobody) {
  Child child = RegisteredChild(&*childs_owner_);
  child.Kill();
  child.Wait();
  Child sweeper([this] {
    table_->Sweep([](Owner) -> bool { raise(SIGKILL), abort(); });
    return 0;
  });
  EXPECT_EQ(sweeper.Wait(), -SIGKILL);
  EXPECT_EQ(SweptOwners(), std::vector<Owner>{childs_owner_->load()});
}

TEST_F(ParticipantsTest, ReusedPidIsNotTakenForTheParticipant) {
  const Owner self = *table_->Self();
  EntryOf(self).word.fetch_xor(3);  // another start time
  EXPECT_TRUE(table_->IsDead(self));
  EXPECT_EQ(SweptOwners(), std::vector<Owner>{self});
}

TEST_F(ParticipantsTest, ProcessOfAnotherPidNamespaceCountsAsAlive) {
  Child child = RegisteredChild(&*childs_owner_);
  child.Kill();
  child.Wait();
  EntryOf(childs_owner_->load()).pid_namespace.fetch_add(1);
  EXPECT_FALSE(table_->IsDead(childs_owner_->load()));
  EXPECT_TRUE(SweptOwners().empty());
}

TEST_F(ParticipantsTest, PlaceOfAnotherPidNamespaceIsNotUsed) {
  const Owner first = *table_->Self();
  table_->Leave();
  EntryOf(first).pid_namespace.fetch_add(1);
  EXPECT_NE(*table_->Self() & 0xffff, first & 0xffff);
}

TEST_F(ParticipantsTest, ThreadsOfOneProcessAreOneParticipant) {
  std::vector<Owner> owners(8);
  std::vector<std::thread> threads;
  for (Owner& owner : owners) threads.emplace_back([&] { owner = *table_->Self(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<Owner>(owners.begin(), owners.end()).size(), 1u);
  EXPECT_EQ(table_->CountLiving(), 1);
}

TEST_F(ParticipantsTest, FullTableHasPlacesLeftForWhoMustClearIt) {
  std::vector<std::unique_ptr<Participants>> handles;
  std::set<Owner> owners;
  for (uint32_t i = 0; i < Participants::kMax - Participants::kReserved; ++i) {
    handles.push_back(AnotherHandle());
    const auto owner = handles.back()->Self();
    ASSERT_TRUE(owner.ok()) << owner.status();
    owners.insert(*owner);
  }
  EXPECT_EQ(owners.size(), Participants::kMax - Participants::kReserved);
  EXPECT_EQ(CodeOf(table_->Self().status()), Code::kFull);
  for (uint32_t i = 0; i < Participants::kReserved; ++i) {
    handles.push_back(AnotherHandle());
    ASSERT_TRUE(handles.back()->Self(Participants::Places::kAll).ok());
  }
  EXPECT_EQ(CodeOf(table_->Self(Participants::Places::kAll).status()), Code::kFull);
  handles.front()->Leave();
  EXPECT_TRUE(table_->Self().ok());
}

TEST_F(ParticipantsTest, ProcessesThatRegisterAtOnceGetDifferentOwners) {
  struct Report {
    std::atomic<uint32_t> owners[16];
  };
  Shared<Report> report;
  std::vector<Child> children;
  for (auto& owner : report->owners) {
    children.emplace_back([&] {
      owner.store(*table_->Self());
      return 0;
    });
  }
  std::set<Owner> owners;
  for (Child& child : children) EXPECT_EQ(child.Wait(), 0);
  for (auto& owner : report->owners) owners.insert(owner.load());
  EXPECT_EQ(owners.size(), children.size());
  EXPECT_EQ(SweptOwners().size(), children.size());
}

TEST_F(ParticipantsTest, DamagedTableGivesNoAccessOutside) {
  *segment_->At<uint32_t>(kOffset) = UINT32_MAX;  // entries used
  EXPECT_TRUE(table_->IsDead(0xffffffff));
  EXPECT_EQ(table_->CountLiving(), 0);
  EXPECT_TRUE(table_->Self().ok());
}

}  // namespace
}  // namespace billiard::shared_memory
