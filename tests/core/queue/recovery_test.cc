// What recovery makes of each state in which a process may have died, built by hand, word by word.
#include "billiard_core/queue/recovery.h"

#include <cstring>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::queue {
namespace {

using shared_memory::BlockHeap;
using shared_memory::BlockView;
using shared_memory::kNobody;
using shared_memory::Segment;
using shared_memory::SegmentKind;

constexpr Owner kDead = 0x50005;
constexpr Owner kMe = 0x10001;
constexpr Owner kOther = 0x20002;
constexpr uint64_t kCapacity = 4;

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest()
      : watchdog_(60),
        segment_(*Segment::CreateAnonymous(SegmentKind::kQueue, uint64_t{64} << 20)),
        heap_(MakeHeap(segment_.get())),
        header_(segment_->At<QueueHeader>(Layout::kQueueHeader)),
        ring_(segment_.get(), heap_.get(), kCapacity),
        returns_(header_, heap_.get(), &ring_),
        settlement_(header_, heap_.get(), &ring_),
        recovery_(header_, heap_.get(), &ring_, &returns_, &settlement_) {
    EXPECT_TRUE(ring_.CommitFirst().ok());
  }

  static std::unique_ptr<BlockHeap> MakeHeap(Segment* segment) {
    EXPECT_TRUE(segment->Commit(Layout::kQueueHeader, Layout::kQueueHeaderBytes).ok());
    return *BlockHeap::Create(segment, Layout::kHeapHeader, Layout::Blocks(kCapacity),
                              segment->bytes());
  }

  BlockView View(BlockRef ref) { return heap_->View(ref); }

  // The steps of a put, so far as the test wants.
  BlockRef Allocate(Owner owner) { return *heap_->Allocate(100, owner); }
  void Prepare(BlockRef ref, Position position, Owner owner) {
    auto* message = reinterpret_cast<MessageHeader*>(View(ref).data);
    message->size.store(0);
    message->position.store(position);
    View(ref).tag->store(MakeTag(TagState::kQueued, position, owner));
  }
  BlockRef Publish(Owner owner) {
    const BlockRef ref = Allocate(owner);
    Back back;
    EXPECT_EQ(ring_.FindBack(&back), Look::kReady);
    Prepare(ref, back.position, owner);
    EXPECT_TRUE(ring_.Publish(back, ref));
    return ref;
  }
  // The first step of a get alone: the reader dies right after its claim.
  void ClaimOnly(BlockRef ref, Owner reader) {
    std::atomic<uint64_t>& tag = *View(ref).tag;
    tag.store(WithOwner(tag.load(), TagState::kReading, reader));
  }
  BlockRef ClaimWholly(Owner reader) {
    Front front;
    EXPECT_EQ(ring_.FindFront(&front), Look::kReady);
    EXPECT_TRUE(ring_.Claim(front, reader));
    return front.ref;
  }
  bool IsFree(BlockRef ref) { return View(ref).owner->load() == kNobody; }

  testing::Watchdog watchdog_;
  std::unique_ptr<Segment> segment_;
  std::unique_ptr<BlockHeap> heap_;
  QueueHeader* header_;
  Ring ring_;
  Returns returns_;
  Settlement settlement_;
  Recovery recovery_;
};

TEST_F(RecoveryTest, BlockThatWasBeingFilledIsFreed) {
  const BlockRef ref = Allocate(kDead);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_TRUE(IsFree(ref));
  EXPECT_EQ(settlement_.lost(), 0u);
}

TEST_F(RecoveryTest, PreparedButUnpublishedBlockIsFreed) {
  const BlockRef ref = Allocate(kDead);
  Prepare(ref, 0, kDead);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_TRUE(IsFree(ref));
  EXPECT_EQ(View(ref).tag->load(), 0u);
  EXPECT_EQ(ring_.Size(), 0u);
  EXPECT_EQ(settlement_.lost(), 0u);
}

TEST_F(RecoveryTest, BlockPreparedForAPlaceThatAnotherTookIsFreed) {
  const BlockRef ref = Allocate(kDead);
  Prepare(ref, 0, kDead);
  const BlockRef others = Publish(kOther);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_TRUE(IsFree(ref));
  EXPECT_FALSE(IsFree(others));
  EXPECT_EQ(ring_.Size(), 1u);
}

TEST_F(RecoveryTest, BlockOnItsWayToAnotherPlaceIsFreed) {
  const BlockRef ref = Allocate(kDead);
  Prepare(ref, 0, kDead);
  Publish(kOther);
  reinterpret_cast<MessageHeader*>(View(ref).data)->position.store(1);  // the tag still says 0
  recovery_.TakeBack(kDead, kMe);
  EXPECT_TRUE(IsFree(ref));
}

TEST_F(RecoveryTest, PublishedMessageOfADeadProducerStays) {
  const BlockRef ref = Publish(kDead);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_EQ(ring_.Size(), 1u);
  EXPECT_EQ(ClaimWholly(kOther), ref);
}

TEST_F(RecoveryTest, PublishedMessageStaysAlsoWhenTheTailWasNotMovedOn) {
  const BlockRef ref = Publish(kDead);
  header_->tail.store(0);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_EQ(ring_.Size(), 1u);
  EXPECT_EQ(ClaimWholly(kOther), ref);
}

TEST_F(RecoveryTest, MessageOfADeadProducerThatIsBeingReadIsLeftAlone) {
  const BlockRef ref = Publish(kDead);
  ClaimOnly(ref, kOther);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_FALSE(IsFree(ref));
  EXPECT_EQ(OwnerOfTag(View(ref).tag->load()), kOther);
  EXPECT_EQ(settlement_.lost(), 0u);
}

TEST_F(RecoveryTest, MessageOfAReaderThatDiedRightAfterItsClaimIsLostOnce) {
  const BlockRef ref = Publish(kOther);
  const BlockRef next = Publish(kOther);
  ClaimOnly(ref, kDead);
  recovery_.TakeBack(kDead, kMe);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_TRUE(IsFree(ref));
  EXPECT_EQ(settlement_.lost(), 1u);
  EXPECT_EQ(ring_.Size(), 1u);
  EXPECT_EQ(ClaimWholly(kMe), next);
}

TEST_F(RecoveryTest, MessageOfAReaderThatDiedInItsCopyIsLostOnce) {
  Publish(kOther);
  const BlockRef ref = ClaimWholly(kDead);
  recovery_.TakeBack(kDead, kMe);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_TRUE(IsFree(ref));
  EXPECT_EQ(settlement_.lost(), 1u);
}

TEST_F(RecoveryTest, TakersPassADeadReadersMessageWithoutRecovery) {
  const BlockRef ref = Publish(kOther);
  const BlockRef next = Publish(kOther);
  ClaimOnly(ref, kDead);
  EXPECT_EQ(ring_.Size(), 1u);
  EXPECT_EQ(ClaimWholly(kMe), next);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_EQ(settlement_.lost(), 1u);
  EXPECT_TRUE(IsFree(ref));
}

TEST_F(RecoveryTest, FullQueueIsNotHeldUpByADeadReader) {
  const BlockRef ref = Publish(kOther);
  while (ring_.Size() < kCapacity) Publish(kOther);
  Back back;
  EXPECT_EQ(ring_.FindBack(&back), Look::kNotYet);
  ClaimOnly(ref, kDead);
  EXPECT_EQ(ring_.FindBack(&back), Look::kReady);
}

TEST_F(RecoveryTest, ReadersDeathWhileItFreedTheBlockIsNoLoss) {
  Publish(kOther);
  const BlockRef ref = ClaimWholly(kDead);
  View(ref).tag->store(0);  // it had its copy
  recovery_.TakeBack(kDead, kMe);
  EXPECT_TRUE(IsFree(ref));
  EXPECT_EQ(settlement_.lost(), 0u);
}

TEST_F(RecoveryTest, RecovererThatDiedAfterItsNoteIsNotCountedAgain) {
  Publish(kOther);
  const BlockRef ref = ClaimWholly(kDead);
  header_->losses.store(uint64_t{1} << 32 | ref);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_EQ(settlement_.lost(), 1u);
  EXPECT_TRUE(IsFree(ref));
  EXPECT_EQ(static_cast<BlockRef>(header_->losses.load()), shared_memory::kNoBlock);
}

TEST_F(RecoveryTest, RecovererThatDiedAfterItsMarkIsNotCountedAgain) {
  constexpr Owner kDeadRecoverer = 0x60006;
  for (const bool note_is_left : {true, false}) {
    Publish(kOther);
    const BlockRef ref = ClaimWholly(kDead);
    const uint64_t count = settlement_.lost() + 1;
    header_->losses.store(count << 32 | (note_is_left ? ref : shared_memory::kNoBlock));
    std::atomic<uint64_t>& tag = *View(ref).tag;
    tag.store(WithOwner(tag.load(), TagState::kLost, kDeadRecoverer));
    recovery_.TakeBack(kDead, kMe);
    EXPECT_FALSE(IsFree(ref)) << "it is the recoverer's, not the reader's";
    recovery_.TakeBack(kDeadRecoverer, kMe);
    EXPECT_TRUE(IsFree(ref));
    EXPECT_EQ(settlement_.lost(), count);
    EXPECT_EQ(static_cast<BlockRef>(header_->losses.load()), shared_memory::kNoBlock);
  }
}

TEST_F(RecoveryTest, NoteOfAnotherRecovererIsFinishedFirst) {
  Publish(kOther);
  Publish(kOther);
  const BlockRef first = ClaimWholly(kDead);
  const BlockRef second = ClaimWholly(kDead);
  header_->losses.store(uint64_t{1} << 32 | second);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_EQ(settlement_.lost(), 2u);
  EXPECT_TRUE(IsFree(first));
  EXPECT_TRUE(IsFree(second));
}

TEST_F(RecoveryTest, WhatOthersHoldIsLeftAlone) {
  const BlockRef filling = Allocate(kOther);
  const BlockRef queued = Publish(kOther);
  recovery_.TakeBack(kDead, kMe);
  EXPECT_FALSE(IsFree(filling));
  EXPECT_FALSE(IsFree(queued));
  EXPECT_EQ(heap_->CountInUse(), 2u);
}

}  // namespace
}  // namespace billiard::queue
