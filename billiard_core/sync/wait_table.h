// Who waits in the conditions and barriers of a segment: one record per waiting thread, in one table, so
// that a condition itself is a few bytes and a notifier can choose whom it wakes. Whatever is done to a
// record is one CAS on its word; nobody ever waits for the owner of a record.
//
// Threads, processes: any. Fork: a child uses the inherited table; the waits of its parent are not its
// own. Death: see sync/DESIGN.md; records of the dead are used again when a place is needed. Blocking:
// Sleep alone. Zeroed memory is an empty table.
//
// A record's word, and what may follow:
//   FREE             0                          -> CLAIMED by anyone
//   CLAIMED          {owner 28, ticket}         its owner's alone, until that is dead
//   WAITING          {ticket}                   -> NOTIFIED or MARKED by anyone, CLAIMED by its owner
//   NOTIFIED         {notice, from?}            -> CLAIMED by its owner; if that is dead, by anyone who has
//                                                  nobody to hand the notification to, else -> GIVING
//   GIVING           {notice, to}               owner dead; -> CLAIMED when `to` has it, -> NOTIFIED when
//                                                  `to` did not want it any more
//   MARKED           {ticket, mark}             -> CLAIMED by its owner
// Tickets and notices come from one counter: the word of a wait never comes back once it has changed, so
// a CAS that succeeds was meant for exactly this wait. A notification of notice n is for waits with a ticket below n.
//
// I1: a claim names its owner in the word. The record's other fields are written by the owner while it is
//     CLAIMED, and stay as they are until it is FREE; so in all other states `owner` is who waits there.
//     But one who abandons a NOTIFIED record writes an owner there that is dead to everybody.
// I2: `busy` has the bit of every record that is beyond CLAIMED: set before it leaves that state, cleared
//     in it. It may be set for others: a hint for scans, never for claims.
// I3: a dead waiter's notification is in exactly one place. GIVING names the receiver before it has it; a
//     receiver's NOTIFIED names the record it came from, and whoever takes the one that is named last
//     finishes that one first. So it is neither lost nor given twice, wherever helpers die.
#ifndef BILLIARD_CORE_SYNC_WAIT_TABLE_H_
#define BILLIARD_CORE_SYNC_WAIT_TABLE_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/participants.h"
#include "billiard_core/shared_memory/segment.h"
#include "billiard_core/sync/event_count.h"

namespace billiard::sync {

class WaitTable {
 public:
  using Owner = shared_memory::Owner;

  static constexpr uint32_t kGroupRecords = 64;
  static constexpr uint64_t kBytes = uint64_t{4} << 20;  // of the segment
  static constexpr uint64_t kGroupsOffset = 3 * 4096;
  static constexpr uint64_t kGroupBytes = 4096;
  static constexpr uint32_t kMaxGroups = (kBytes - kGroupsOffset) / kGroupBytes;
  static constexpr uint32_t kMaxRecords = kMaxGroups * kGroupRecords;

  // The table at `offset`, a multiple of 4096, of a segment; both must outlive it. kNoMem; kCorrupt: the
  // segment has no room for it.
  static absl::StatusOr<std::unique_ptr<WaitTable>> Open(shared_memory::Segment* segment,
                                                         uint64_t offset,
                                                         shared_memory::Participants* participants);

  // A name for a condition or barrier, never 0 and never used again, so that waits of one that is gone
  // are not taken for those of a newer one in the same place.
  uint64_t NewObject();

  // A wait of this process; a value that belongs to one thread.
  struct Enrolment {
    uint32_t record = 0;
    uint64_t ticket = 0;  // 0: none
  };

  // The caller waits for `object` from now on. kNoMem: no place for one more; kFull.
  absl::StatusOr<Enrolment> Enrol(uint64_t object, uint32_t detail);
  // The same place for another `detail`: a new wait, but younger.
  void EnrolAnew(Enrolment* enrolment, uint64_t object, uint32_t detail);
  // Sleeps while nothing has happened to the wait.
  WaitResult Sleep(const Enrolment& enrolment, Deadline deadline, os::Interrupt* interrupt,
                   int64_t slice_ns);
  bool IsNotified(const Enrolment& enrolment) const;
  // From now on nobody notifies it; tells whether somebody has. It stays responsible for the notification
  // until Leave().
  bool Settle(const Enrolment& enrolment);
  // The mark, 0 if it has none.
  uint32_t MarkOf(const Enrolment& enrolment) const;
  // Frees the place. What was notified counts as used.
  void Leave(Enrolment* enrolment);
  // Frees the place of one who will never look again: its notification goes to another who waited when it
  // was given, as if this one had died. Settled or not; not for marks.
  void Abandon(Enrolment* enrolment);

  // Notifies up to `count` of those who wait for `object`, the oldest first, and returns how many there
  // were. Passes over the dead, if they have not just died. With `later`, they are woken by its next
  // notifications, not now.
  int Notify(uint64_t object, int count, EventCount* later = nullptr);
  // Hands notifications of dead waiters of `object` on. Cheap where there are none.
  void HandOnFromDead(uint64_t object);
  // Those who wait, not notified and alive.
  int CountWaiting(uint64_t object) const;

  // Whether the process of a wait for `object` with this detail has ended; of any, or of the one that
  // enrolled next after `before` (the first after the last). The first is for a look at all that costs
  // a microsecond each and may take a pid that is used again for alive, the second for regular looks
  // shared among many.
  bool AnyDied(uint64_t object, uint32_t detail) const;
  bool NextDied(uint64_t object, uint32_t detail, const Enrolment& before) const;
  // Marks all who wait for `object` with this detail; `mark` is not 0.
  void MarkAll(uint64_t object, uint32_t detail, uint32_t mark);

  // Frees what a dead participant left, handing its notifications on. Any number of times, by any number
  // of processes.
  void TakeBack(Owner dead);

  // Records that are not FREE; of tests.
  uint32_t CountInUse() const;

 private:
  struct Header;
  struct Record;
  struct Wait;

  WaitTable(shared_memory::Segment* segment, uint64_t offset,
            shared_memory::Participants* participants);

  uint32_t Groups() const;
  Record* At(uint32_t index) const;
  uint64_t NewTicket();
  absl::StatusOr<uint32_t> Claim(Owner me);
  bool ClaimInGroup(uint32_t group, Owner me, uint32_t* index);
  absl::Status Grow(uint32_t groups);
  void Publish(Enrolment* enrolment, uint64_t object, uint32_t detail);
  bool Take(uint32_t index, uint64_t word, Owner me);
  void Free(uint32_t index);

  bool Read(uint32_t index, Wait* wait) const;
  Owner OwnerOf(uint32_t index, uint64_t* word) const;
  template <typename Visit>
  void ForEachWait(uint64_t object, Visit visit) const;

  bool FreeDead(Owner me);
  void Drop(uint32_t index, Owner dead, Owner me);

  // Of wait_table_notify.cc.
  bool NotifyOne(const Wait& wait, uint64_t notice, Owner me, EventCount* later);
  void HandOn(uint32_t index, Owner me);
  void Give(const Wait& giver, Owner me);
  bool FindHeir(uint64_t object, uint64_t notice, Owner me, Wait* heir);
  void FinishGiving(uint32_t from, uint32_t to, uint64_t notice, Owner me);

  // Fixed after construction.
  shared_memory::Segment* const segment_;
  const uint64_t offset_;
  shared_memory::Participants* const participants_;
  Header* const header_;
  Record* const records_;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_WAIT_TABLE_H_
