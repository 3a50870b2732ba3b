// Notifications: who gets one, and what becomes of it when its receiver dies.
#include <algorithm>

#include "billiard_core/base/fault_point.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/sync/wait_record.h"
#include "billiard_core/sync/wait_table.h"
#include "billiard_core/sync/wait_table_scan.h"

namespace billiard::sync {

using wait_record::FutexOf;
using wait_record::Giving;
using wait_record::IsOlder;
using wait_record::Notified;
using wait_record::NumberOf;
using wait_record::PartnerOf;
using wait_record::State;
using wait_record::StateOf;

int WaitTable::Notify(uint64_t object, int count, EventCount* later) {
  const Owner me = participants_->SelfIfRegistered();
  const uint64_t notice = NewTicket();  // who enrols from now on is not meant
  constexpr int kAtATime = 32;
  int notified = 0;
  for (;;) {
    // The oldest waits, sorted; as many as are wanted and fit.
    Wait oldest[kAtATime];
    const int wanted = std::min(count - notified, kAtATime);
    int found = 0;
    ForEachWait(object, [&](const Wait& wait) {
      if (StateOf(wait.word) != State::kWaiting) return;
      const uint64_t ticket = NumberOf(wait.word);
      if (!IsOlder(ticket, notice)) return;
      int place = found;
      while (place > 0 && IsOlder(ticket, NumberOf(oldest[place - 1].word))) --place;
      if (place == wanted) return;
      found = std::min(found + 1, wanted);
      std::move_backward(oldest + place, oldest + found - 1, oldest + found);
      oldest[place] = wait;
    });
    if (found == 0) return notified;
    for (int i = 0; i < found; ++i) {
      if (NotifyOne(oldest[i], notice, me, later)) ++notified;
    }
    if (notified == count) return notified;
  }
}

// True if this wait was notified, and its process may live.
bool WaitTable::NotifyOne(const Wait& wait, uint64_t notice, Owner me, EventCount* later) {
  std::atomic<uint64_t>& word = records_[wait.index].word;
  uint64_t expected = wait.word;
  // [WAIT] release: what the notifier did before is seen by the waiter. Fails for one that gave up.
  if (!word.compare_exchange_strong(expected, Notified(notice), std::memory_order_acq_rel)) {
    return false;
  }
  BP_FAULT_POINT("notify_chosen");
  if (later != nullptr && later->Adopt(FutexOf(word), static_cast<uint32_t>(Notified(notice)))) {
    BP_FAULT_POINT("notify_adopted");
    return true;
  }
  // Nobody asleep there: it is on its way, or dead. Then it is taken back at once, unless somebody is
  // handing it on already. A look that may take a dead one for alive will do: what it has is handed on.
  if (os::FutexWake(FutexOf(word), 1) > 0 || !participants_->SeemsDead(wait.owner)) return true;
  if (!Take(wait.index, Notified(notice), me)) return true;
  BP_FAULT_POINT("notify_taken_back");
  Free(wait.index);
  return false;
}

void WaitTable::HandOnFromDead(uint64_t object) {
  const Owner me = participants_->SelfIfRegistered();
  ForEachWait(object, [&](const Wait& wait) {
    const bool responsible =
        StateOf(wait.word) == State::kNotified || StateOf(wait.word) == State::kGiving;
    if (responsible && wait.owner != me) HandOn(wait.index, me);
  });
}

// Until the record is free of the dead waiter that it had, if it had one: any number of processes may do
// this at a time, and each step is one that the others can see and go on from.
void WaitTable::HandOn(uint32_t index, Owner me) {
  std::atomic<uint64_t>& word = records_[index].word;
  for (;;) {
    Wait dead;
    if (!Read(index, &dead) || !participants_->IsDead(dead.owner)) return;
    const uint64_t notice = NumberOf(dead.word);
    if (StateOf(dead.word) == State::kGiving) {
      Give(dead, me);
      continue;
    }
    if (StateOf(dead.word) != State::kNotified) return;
    if (PartnerOf(dead.word) != 0) FinishGiving(PartnerOf(dead.word) - 1, index, notice, me);  // I3
    BP_FAULT_POINT("hand_on_begun");
    Wait heir;
    if (FindHeir(dead.object, notice, me, &heir)) {
      uint64_t expected = dead.word;
      word.compare_exchange_strong(expected, Giving(notice, heir.index + 1),
                                   std::memory_order_acq_rel);
      BP_FAULT_POINT("hand_on_giving");
    } else if (Take(index, dead.word, me)) {
      // Nobody who waited at the time waits any more, nor ever will.
      Free(index);
    }
  }
}

// One step of a record that is GIVING.
void WaitTable::Give(const Wait& giver, Owner me) {
  const uint64_t notice = NumberOf(giver.word);
  const uint32_t to = PartnerOf(giver.word) - 1;
  Wait heir;
  const bool there = At(to) != nullptr && Read(to, &heir);
  if (there && heir.word == Notified(notice, giver.index + 1)) {
    FinishGiving(giver.index, to, notice, me);
    return;
  }
  uint64_t expected;
  if (there && StateOf(heir.word) == State::kWaiting && heir.object == giver.object &&
      IsOlder(NumberOf(heir.word), notice)) {
    expected = heir.word;
    if (records_[to].word.compare_exchange_strong(expected, Notified(notice, giver.index + 1),
                                                  std::memory_order_acq_rel)) {
      BP_FAULT_POINT("hand_on_given");
      os::FutexWake(FutexOf(records_[to].word), 1);
    }
    return;
  }
  // It gave up, or was notified by somebody else, before it could be given this one: another must be
  // found. Had it been given this one, it would have finished here before it left.
  expected = giver.word;
  records_[giver.index].word.compare_exchange_strong(expected, Notified(notice),
                                                     std::memory_order_acq_rel);
}

// The oldest living wait that a notification of `notice` can go to; frees dead ones that are met.
bool WaitTable::FindHeir(uint64_t object, uint64_t notice, Owner me, Wait* heir) {
  for (;;) {
    bool found = false;
    ForEachWait(object, [&](const Wait& wait) {
      if (StateOf(wait.word) != State::kWaiting || !IsOlder(NumberOf(wait.word), notice)) return;
      if (found && !IsOlder(NumberOf(wait.word), NumberOf(heir->word))) return;
      found = true;
      *heir = wait;
    });
    if (!found) return false;
    if (!participants_->IsDead(heir->owner)) return true;
    if (Take(heir->index, heir->word, me)) Free(heir->index);
  }
}

// `to` has the notification that `from` was giving it: `from` is done.
void WaitTable::FinishGiving(uint32_t from, uint32_t to, uint64_t notice, Owner me) {
  if (At(from) == nullptr || !Take(from, Giving(notice, to + 1), me)) return;
  BP_FAULT_POINT("hand_on_finished");
  Free(from);
}

}  // namespace billiard::sync
