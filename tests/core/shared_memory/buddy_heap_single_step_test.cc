// One operation of a buddy heap in a traced child that is killed, or stands still, after its k-th
// instruction, for one k after the other. Afterwards the blocks tile the arena, the dead are taken back,
// and everything can be had again; while one stands still, the others have all but what is his.
#include <cstdlib>
#include <functional>
#include <memory>

#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/participants.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/buddy_heap_fixture.h"
#include "tests/support/child/child.h"
#include "tests/support/single_step/places.h"
#include "tests/support/single_step/single_step.h"

namespace billiard::shared_memory {
namespace {

using testing::Child;
using testing::KillAtEveryStep;
using testing::Places;
using testing::SteppedOperation;
using testing::StopAtEveryStep;

constexpr uint64_t kChunks = 80;  // large enough to give memory back
constexpr uint64_t kLarge = 1'500'000;
// Room for what the dead left and little more: their sweep looks at every chunk.
constexpr uint64_t kSweptChunks = 32;
constexpr uint64_t kSweptLarge = 1'000'000;  // its memory is given back too

struct Subject : TestHeap {
  explicit Subject(uint64_t chunks = kChunks) : TestHeap(chunks * BuddyHeap::kChunkBytes) {}
  Owner me = kNobody;  // the child's
  Granule block = kNoGranule;
};

bool JoinWithABlockOf(Subject& its, uint64_t bytes) {
  its.me = its.Self();
  if (bytes == 0) return true;
  const absl::StatusOr<Granule> block = its.heap->Allocate(bytes, its.me);
  its.block = block.ok() ? *block : kNoGranule;
  return block.ok();
}

SteppedOperation<Subject> Operation() {
  SteppedOperation<Subject> operation;
  operation.make = [] { return std::make_unique<Subject>(); };
  operation.check = [](Subject& its, bool) { its.ExpectWholeAfterSweep(); };
  return operation;
}

SteppedOperation<Subject> Allocation(uint64_t bytes) {
  SteppedOperation<Subject> operation = Operation();
  operation.join = [](Subject& its) { return JoinWithABlockOf(its, 0); };
  operation.act = [bytes](Subject& its) {
    if (!its.heap->Allocate(bytes, its.me).ok()) abort();
  };
  return operation;
}

SteppedOperation<Subject> Freeing(uint64_t bytes) {
  SteppedOperation<Subject> operation = Operation();
  operation.join = [bytes](Subject& its) { return JoinWithABlockOf(its, bytes); };
  operation.act = [](Subject& its) {
    if (!its.heap->Free(its.block, its.me).ok()) abort();
  };
  return operation;
}

TEST(BuddyHeapSingleStepTest, AllocateWithSplitsKilledAnywhere) {
  KillAtEveryStep(Allocation(64), Places(14));
}

TEST(BuddyHeapSingleStepTest, AllocateOfChunksKilledAnywhere) {
  KillAtEveryStep(Allocation(100'000), Places(13));
}

TEST(BuddyHeapSingleStepTest, FreeWithJoinsKilledAnywhere) {
  KillAtEveryStep(Freeing(64), Places(14));
}

TEST(BuddyHeapSingleStepTest, FreeThatGivesMemoryBackKilledAnywhere) {
  KillAtEveryStep(Freeing(kLarge), Places(13));
}

// Owners that are dead: one with a block of each kind.
void LeaveBlocksOfADeadOwner(Subject& its) {
  Child dead([&its] {
    const Owner me = its.Self();
    for (const uint64_t bytes : {uint64_t{64}, uint64_t{5000}, uint64_t{65536}, kSweptLarge}) {
      if (!its.heap->Allocate(bytes, me).ok()) return 1;
    }
    return 0;
  });
  EXPECT_EQ(dead.Wait(), 0);
}

TEST(BuddyHeapSingleStepTest, TakeBackKilledAnywhere) {
  SteppedOperation<Subject> take_back = Operation();
  take_back.make = [] { return std::make_unique<Subject>(kSweptChunks); };
  take_back.prepare = LeaveBlocksOfADeadOwner;
  take_back.join = [](Subject& its) { return JoinWithABlockOf(its, 0); };
  take_back.act = [](Subject& its) { its.Sweep(); };
  KillAtEveryStep(take_back, Places(12));
}

// While the child stands: all but `his` chunks can be had.
void StopAnywhere(SteppedOperation<Subject> operation, uint64_t his) {
  operation.check = [](Subject& its, bool) { its.ExpectWholeAfterSweep(); };
  const std::function<void(Subject&)> meanwhile = [his](Subject& its) {
    its.ExpectRoomFor(kChunks - his);
    EXPECT_TRUE(its.heap->Allocate(64, its.Self()).ok());
    EXPECT_TRUE(its.heap->TakeBack(its.Self(), its.Self()) > 0);
  };
  StopAtEveryStep(operation, meanwhile, Places(12));
}

TEST(BuddyHeapSingleStepTest, AllocateStoppedAnywhereHoldsNoMoreThanItsBlock) {
  StopAnywhere(Allocation(64), 1);
}

TEST(BuddyHeapSingleStepTest, FreeStoppedAnywhereHoldsNoMoreThanItsBlock) {
  StopAnywhere(Freeing(64), 1);
}

TEST(BuddyHeapSingleStepTest, FreeOfChunksStoppedAnywhereHoldsNoMoreThanItsBlock) {
  StopAnywhere(Freeing(kLarge), 32);
}

}  // namespace
}  // namespace billiard::shared_memory
