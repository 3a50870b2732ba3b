#include "billiard_core/sync/wait_table.h"

#include <algorithm>
#include <bit>
#include <map>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/sync/wait_record.h"
#include "billiard_core/sync/wait_table_scan.h"

namespace billiard::sync {

using wait_record::Claimed;
using wait_record::ClaimedOwner;
using wait_record::Marked;
using wait_record::NumberOf;
using wait_record::PartnerOf;
using wait_record::State;
using wait_record::StateOf;
using wait_record::Waiting;

WaitTable::WaitTable(shared_memory::Segment* segment, uint64_t offset,
                     shared_memory::Participants* participants)
    : segment_(segment),
      offset_(offset),
      participants_(participants),
      header_(segment->At<Header>(offset)),
      records_(segment->At<Record>(offset + kGroupsOffset, kMaxRecords)) {}

absl::StatusOr<std::unique_ptr<WaitTable>> WaitTable::Open(
    shared_memory::Segment* segment, uint64_t offset, shared_memory::Participants* participants) {
  std::unique_ptr<WaitTable> table(new WaitTable(segment, offset, participants));
  if (table->header_ == nullptr || table->records_ == nullptr) {
    return MakeStatus(Code::kCorrupt, "the segment has no room for its waiters");
  }
  if (absl::Status status = segment->Commit(offset, kGroupsOffset); !status.ok()) return status;
  return table;
}

uint64_t WaitTable::NewObject() {
  return header_->objects.fetch_add(1, std::memory_order_relaxed) +
         1;  // distinct is all it must be
}

uint64_t WaitTable::NewTicket() {
  // Who enrols before somebody else notifies is ordered by the lock of a condition, or the word of a
  // barrier.
  return (header_->tickets.fetch_add(1, std::memory_order_relaxed) + 1) & wait_record::kNumberMask;
}

uint32_t WaitTable::Groups() const {
  return std::min(header_->groups.load(std::memory_order_acquire), kMaxGroups);  // [GROUPS]
}

// Null for an index, read from the segment, that is none.
WaitTable::Record* WaitTable::At(uint32_t index) const {
  return index < Groups() * kGroupRecords ? &records_[index] : nullptr;
}

absl::StatusOr<WaitTable::Enrolment> WaitTable::Enrol(uint64_t object, uint32_t detail) {
  absl::StatusOr<Owner> me = participants_->Self();
  if (!me.ok()) return me.status();
  absl::StatusOr<uint32_t> index = Claim(*me);
  if (!index.ok()) return index.status();
  BP_FAULT_POINT("wait_claimed");
  records_[*index].owner.store(*me, std::memory_order_release);  // [WAIT]
  Enrolment enrolment;
  enrolment.record = *index;
  Publish(&enrolment, object, detail);
  return enrolment;
}

void WaitTable::EnrolAnew(Enrolment* enrolment, uint64_t object, uint32_t detail) {
  Record& record = records_[enrolment->record];
  // Whatever others did to the old wait is void, and what they are about to do to it fails. Publish()
  // orders it before the new fields: who reads one of those finds that the wait it read is over.
  record.word.store(Claimed(participants_->SelfIfRegistered(), enrolment->ticket),
                    std::memory_order_relaxed);
  Publish(enrolment, object, detail);
}

// Makes a claimed record a wait.
void WaitTable::Publish(Enrolment* enrolment, uint64_t object, uint32_t detail) {
  const uint32_t index = enrolment->record;
  Record& record = records_[index];
  enrolment->ticket = NewTicket();
  // [WAIT] release: none of these can be seen before the record was claimed.
  record.object.store(object, std::memory_order_release);
  record.detail.store(detail, std::memory_order_release);
  header_->busy[index / kGroupRecords].fetch_or(wait_record::BitOf(index),
                                                std::memory_order_release);  // [BUSY] I2
  BP_FAULT_POINT("wait_busy");
  // [WAIT] release: the fields are complete.
  record.word.store(Waiting(enrolment->ticket), std::memory_order_release);
  BP_FAULT_POINT("wait_enrolled");
}

absl::StatusOr<uint32_t> WaitTable::Claim(Owner me) {
  for (;;) {
    const uint32_t groups = Groups();
    for (uint32_t group = 0; group < groups; ++group) {
      uint32_t index;
      if (ClaimInGroup(group, me, &index)) return index;
    }
    // No place: first those of the dead, then new ones. The dead are looked for when the table has doubled,
    // so that many waiters cost little each, and before it is full.
    const bool look = std::has_single_bit(groups) || groups == kMaxGroups;
    if (look && FreeDead(me)) continue;
    if (absl::Status status = Grow(groups); !status.ok()) return status;
  }
}

bool WaitTable::ClaimInGroup(uint32_t group, Owner me, uint32_t* index) {
  uint64_t maybe_free = ~header_->busy[group].load(std::memory_order_relaxed);  // a hint
  for (; maybe_free != 0; maybe_free &= maybe_free - 1) {
    *index = group * kGroupRecords + static_cast<uint32_t>(std::countr_zero(maybe_free));
    uint64_t free = 0;
    // [CLAIM] acquire: the last user is done with it.
    if (records_[*index].word.compare_exchange_strong(free, Claimed(me, NewTicket()),
                                                      std::memory_order_acquire)) {
      return true;
    }
  }
  return false;
}

// Adds a group to `groups`, unless somebody else has.
absl::Status WaitTable::Grow(uint32_t groups) {
  if (groups == kMaxGroups) return MakeStatus(Code::kNoMem, "too many threads wait in this memory");
  const uint64_t offset = offset_ + kGroupsOffset + groups * kGroupBytes;
  if (absl::Status status = segment_->Commit(offset, kGroupBytes); !status.ok()) return status;
  // [GROUPS] release: committed first.
  header_->groups.compare_exchange_strong(groups, groups + 1, std::memory_order_release);
  return absl::OkStatus();
}

// Frees a record that is CLAIMED by this process.
void WaitTable::Free(uint32_t index) {
  // I2: cleared while nobody else can claim it and set it.
  header_->busy[index / kGroupRecords].fetch_and(~wait_record::BitOf(index),
                                                 std::memory_order_relaxed);
  BP_FAULT_POINT("wait_not_busy");
  records_[index].word.store(0, std::memory_order_release);  // [CLAIM]
}

// Makes a record with this word one that this process has claimed.
bool WaitTable::Take(uint32_t index, uint64_t word, Owner me) {
  return records_[index].word.compare_exchange_strong(word, Claimed(me, NumberOf(word)),
                                                      std::memory_order_acq_rel);
}

WaitResult WaitTable::Sleep(const Enrolment& enrolment, Deadline deadline, os::Interrupt* interrupt,
                            int64_t slice_ns) {
  const std::atomic<uint64_t>& word = records_[enrolment.record].word;
  const uint64_t waiting = Waiting(enrolment.ticket);
  const Deadline end = Earlier(deadline, Deadline::After(slice_ns));
  for (;;) {
    if (word.load(std::memory_order_acquire) != waiting) return WaitResult::kNotified;  // [WAIT]
    switch (
        os::FutexWait(wait_record::FutexOf(word), static_cast<uint32_t>(waiting), end, interrupt)) {
      case os::FutexResult::kWoken:
      case os::FutexResult::kValueChanged:
        break;
      case os::FutexResult::kInterrupted:
        return WaitResult::kInterrupted;
      case os::FutexResult::kTimedOut:
        return deadline.Expired() ? WaitResult::kTimedOut : WaitResult::kRecheck;
    }
  }
}

bool WaitTable::IsNotified(const Enrolment& enrolment) const {
  const uint64_t word = records_[enrolment.record].word.load(std::memory_order_acquire);  // [WAIT]
  return StateOf(word) == State::kNotified;
}

bool WaitTable::Settle(const Enrolment& enrolment) {
  const bool unnotified =
      Take(enrolment.record, Waiting(enrolment.ticket), participants_->SelfIfRegistered());
  BP_FAULT_POINT("wait_settled");
  return !unnotified && IsNotified(enrolment);
}

uint32_t WaitTable::MarkOf(const Enrolment& enrolment) const {
  const uint64_t word = records_[enrolment.record].word.load(std::memory_order_acquire);  // [WAIT]
  return StateOf(word) == State::kMarked ? PartnerOf(word) : 0;
}

void WaitTable::Leave(Enrolment* enrolment) {
  const Owner me = participants_->SelfIfRegistered();
  const uint32_t index = enrolment->record;
  Record& record = records_[index];
  for (;;) {
    // While this process lives, others change the word only from WAITING.
    uint64_t word = record.word.load(std::memory_order_acquire);
    if (StateOf(word) == State::kClaimed) break;
    if (StateOf(word) == State::kNotified && PartnerOf(word) != 0) {
      FinishGiving(PartnerOf(word) - 1, index, NumberOf(word), me);  // I3
    }
    if (Take(index, word, me)) break;
  }
  BP_FAULT_POINT("wait_left");
  Free(index);
  enrolment->ticket = 0;
}

void WaitTable::Abandon(Enrolment* enrolment) {
  const Owner me = participants_->SelfIfRegistered();
  const uint32_t index = enrolment->record;
  Record& record = records_[index];
  enrolment->ticket = 0;
  for (;;) {
    // As in Leave(): others change it only from WAITING.
    const uint64_t word = record.word.load(std::memory_order_acquire);
    if (StateOf(word) == State::kNotified) break;
    if (StateOf(word) != State::kClaimed && !Take(index, word, me)) continue;
    Free(index);
    return;
  }
  // I1: from here on it is anybody's to hand on, and nobody needs this process for it. Who still reads the
  // old owner leaves it alone.
  record.owner.store(wait_record::kAbandoned, std::memory_order_release);
  BP_FAULT_POINT("wait_abandoned");
  HandOn(index, me);
}

// A record that somebody waits in, all of one wait; false if nobody does.
bool WaitTable::Read(uint32_t index, Wait* wait) const {
  const Record& record = records_[index];
  uint64_t word = record.word.load(std::memory_order_acquire);  // [WAIT]
  for (;;) {
    if (StateOf(word) == State::kFree || StateOf(word) == State::kClaimed) return false;
    // acquire: none of these loads comes after the next look at the word.
    wait->object = record.object.load(std::memory_order_acquire);
    wait->owner = record.owner.load(std::memory_order_acquire);
    wait->detail = record.detail.load(std::memory_order_acquire);
    const uint64_t again = record.word.load(std::memory_order_acquire);
    if (again == word) break;
    word = again;
  }
  wait->index = index;
  wait->word = word;
  return true;
}

int WaitTable::CountWaiting(uint64_t object) const {
  int count = 0;
  ForEachWait(object, [&](const Wait& wait) {
    if (StateOf(wait.word) == State::kWaiting && !participants_->IsDead(wait.owner)) ++count;
  });
  return count;
}

bool WaitTable::AnyDied(uint64_t object, uint32_t detail) const {
  const Owner me = participants_->SelfIfRegistered();
  Owner alive = me;  // the last that was found so: threads of a process often come together
  bool died = false;
  ForEachWait(object, [&](const Wait& wait) {
    if (died || wait.detail != detail || wait.owner == me || wait.owner == alive) return;
    if (participants_->SeemsDead(wait.owner)) {
      died = true;
    } else {
      alive = wait.owner;
    }
  });
  return died;
}

bool WaitTable::NextDied(uint64_t object, uint32_t detail, const Enrolment& before) const {
  // The one whose ticket comes soonest after mine, where they are thought of as a ring.
  uint64_t nearest = wait_record::kNumberMask;
  Owner next = shared_memory::kNobody;
  ForEachWait(object, [&](const Wait& wait) {
    if (wait.detail != detail || wait.index == before.record) return;
    const uint64_t distance = (NumberOf(wait.word) - before.ticket) & wait_record::kNumberMask;
    if (distance > nearest) return;
    nearest = distance;
    next = wait.owner;
  });
  return next != shared_memory::kNobody && next != participants_->SelfIfRegistered() &&
         participants_->IsDead(next);
}

void WaitTable::MarkAll(uint64_t object, uint32_t detail, uint32_t mark) {
  ForEachWait(object, [&](const Wait& wait) {
    if (wait.detail != detail || StateOf(wait.word) != State::kWaiting) return;
    uint64_t word = wait.word;
    // [WAIT] Fails when the wait is over.
    records_[wait.index].word.compare_exchange_strong(word, Marked(mark, NumberOf(word)),
                                                      std::memory_order_acq_rel);
  });
}

// Frees all records of the dead; true if there were any.
bool WaitTable::FreeDead(Owner me) {
  std::map<Owner, bool> is_dead;
  bool freed = false;
  const uint32_t records = Groups() * kGroupRecords;
  for (uint32_t index = 0; index < records; ++index) {
    uint64_t word;
    const Owner owner = OwnerOf(index, &word);
    if (owner == shared_memory::kNobody || owner == me) continue;
    auto [known, is_new] = is_dead.try_emplace(owner, false);
    if (is_new) known->second = participants_->IsDead(owner);
    if (!known->second) continue;
    Drop(index, owner, me);
    freed = true;
  }
  return freed;
}

// Of whoever has the record at the moment, and the word that it is true of; kNobody: it is free.
WaitTable::Owner WaitTable::OwnerOf(uint32_t index, uint64_t* word) const {
  *word = records_[index].word.load(std::memory_order_acquire);  // [WAIT]
  if (StateOf(*word) == State::kClaimed) return ClaimedOwner(*word);
  Wait wait;
  if (!Read(index, &wait)) return shared_memory::kNobody;
  *word = wait.word;
  return wait.owner;
}

// Ends whatever a dead participant had in this record.
void WaitTable::Drop(uint32_t index, Owner dead, Owner me) {
  uint64_t word;
  while (OwnerOf(index, &word) == dead) {
    if (StateOf(word) == State::kNotified || StateOf(word) == State::kGiving) {
      HandOn(index, me);
      return;
    }
    BP_FAULT_POINT("wait_drop_seen");
    // Others may have freed it meanwhile, and somebody alive be waiting there: only the very word that was
    // the dead one's is taken.
    if (!Take(index, word, me)) continue;
    BP_FAULT_POINT("wait_dropped");
    Free(index);
    return;
  }
}

void WaitTable::TakeBack(Owner dead) {
  const absl::StatusOr<Owner> me = participants_->Self(shared_memory::Participants::Places::kAll);
  if (!me.ok()) return;
  const uint32_t records = Groups() * kGroupRecords;
  for (uint32_t index = 0; index < records; ++index) {
    uint64_t word;
    const Owner owner = OwnerOf(index, &word);
    // What was abandoned may be left by a process that died in the middle of it.
    if (owner == dead || owner == wait_record::kAbandoned) Drop(index, owner, *me);
  }
}

uint32_t WaitTable::CountInUse() const {
  uint32_t count = 0;
  const uint32_t records = Groups() * kGroupRecords;
  for (uint32_t index = 0; index < records; ++index) {
    if (records_[index].word.load(std::memory_order_relaxed) != 0) ++count;
  }
  return count;
}

}  // namespace billiard::sync
