// Memory for the primitives under test: a segment with participants, and a page of zeroes for their states.
// Made before the children that are to share it.
#ifndef BILLIARD_TESTS_CORE_SYNC_SHARED_AREA_H_
#define BILLIARD_TESTS_CORE_SYNC_SHARED_AREA_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"
#include "billiard_core/sync/context.h"

namespace billiard::sync {

class SharedArea {
 public:
  static constexpr uint64_t kBytes = 1 << 20;

  SharedArea() {
    using shared_memory::Participants;
    using shared_memory::Segment;
    constexpr uint64_t kParticipants = Segment::kHeaderBytes;
    constexpr uint64_t kState = kParticipants + Participants::kBytes;
    segment_ = *Segment::CreateAnonymous(shared_memory::SegmentKind::kTest, uint64_t{4} << 20);
    participants_ = *Participants::Create(segment_.get(), kParticipants);
    if (!segment_->Commit(kState, kBytes).ok()) abort();
    state_ = segment_->base() + kState;
  }

  shared_memory::Participants& participants() { return *participants_; }
  Context context() { return {participants_.get(), nullptr}; }
  // Registers this process; true, for use as a step of a child.
  bool Join() { return participants_->Self().ok(); }

  // The T at `offset`; zeroed at first.
  template <typename T>
  T* At(uint64_t offset = 0) {
    return reinterpret_cast<T*>(state_ + offset);
  }

 private:
  std::unique_ptr<shared_memory::Segment> segment_;
  std::unique_ptr<shared_memory::Participants> participants_;
  std::byte* state_;
};

}  // namespace billiard::sync

#endif  // BILLIARD_TESTS_CORE_SYNC_SHARED_AREA_H_
