// A segment with participants, a wait table and room for states of primitives, all zero, which children
// of the test inherit. Whatever is in it stays to the end of the test.
#ifndef BILLIARD_TESTS_CORE_SYNC_SYNC_MEMORY_H_
#define BILLIARD_TESTS_CORE_SYNC_SYNC_MEMORY_H_

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"
#include "billiard_core/sync/context.h"
#include "billiard_core/sync/wait_table.h"

namespace billiard::sync {

class SyncMemory {
 public:
  SyncMemory()
      : segment_(Must(shared_memory::Segment::CreateAnonymous(shared_memory::SegmentKind::kTest,
                                                              kStates + kStateBytes))),
        participants_(Must(shared_memory::Participants::Create(segment_.get(), kParticipants))),
        waits_(Must(WaitTable::Open(segment_.get(), kWaits, participants_.get()))) {
    if (!segment_->Commit(kStates, kStateBytes).ok()) abort();
    if (!Join()) abort();
  }

  // Registers this process; for children that are to have done so before something is measured.
  bool Join() { return participants_->Self().ok(); }

  // Gives back the places of the dead, of which there are only so many, and what they had.
  void Recover() {
    participants_->Sweep([this](shared_memory::Owner dead) {
      waits_->TakeBack(dead);
      return true;
    });
  }

  template <typename T>
  T* New() {
    T* state = segment_->At<T>(kStates + used_);
    used_ += 64;
    if (state == nullptr) abort();
    return state;
  }

  Context context() const { return {participants_.get(), waits_.get()}; }
  shared_memory::Segment& segment() const { return *segment_; }
  shared_memory::Participants& participants() const { return *participants_; }
  WaitTable& waits() const { return *waits_; }

  static constexpr uint64_t kParticipants = shared_memory::Segment::kHeaderBytes;
  static constexpr uint64_t kWaits = kParticipants + shared_memory::Participants::kBytes;
  static constexpr uint64_t kStates = kWaits + WaitTable::kBytes;
  static constexpr uint64_t kStateBytes = 64 * 1024;

 private:
  template <typename T>
  static T Must(absl::StatusOr<T> made) {
    if (!made.ok()) abort();
    return *std::move(made);
  }

  std::unique_ptr<shared_memory::Segment> segment_;
  std::unique_ptr<shared_memory::Participants> participants_;
  std::unique_ptr<WaitTable> waits_;
  uint64_t used_ = 0;
};

}  // namespace billiard::sync

#endif  // BILLIARD_TESTS_CORE_SYNC_SYNC_MEMORY_H_
