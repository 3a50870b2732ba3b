// What a wait table looks like in memory (wait_table.h tells what it means): of wait_table*.cc alone.
//
// Bits of a word, from the lowest:
//   CLAIMED  state 3 | owner 28 | number 33
//   others   state 3 | partner 16 | number 45
// The partner is a record's index + 1 (NOTIFIED: from it, GIVING: to it), or a mark. The state is in the
// lower half, which is the futex that the waiter sleeps on.
#ifndef BILLIARD_CORE_SYNC_WAIT_RECORD_H_
#define BILLIARD_CORE_SYNC_WAIT_RECORD_H_

#include <atomic>
#include <bit>
#include <cstdint>

#include "billiard_core/sync/wait_table.h"

namespace billiard::sync {
namespace wait_record {

enum class State : uint64_t {
  kFree = 0,
  kClaimed = 1,
  kWaiting = 2,
  kNotified = 3,
  kGiving = 4,
  kMarked = 5,
};

constexpr int kOwnerShift = 3;
constexpr int kClaimNumberShift = 31;
constexpr uint64_t kOwnerMask = (uint64_t{1} << 28) - 1;
constexpr int kPartnerShift = 3;
constexpr int kNumberShift = 19;
constexpr uint64_t kPartnerMask = 0xffff;
constexpr uint64_t kNumberMask = (uint64_t{1} << 45) - 1;
static_assert(WaitTable::kMaxRecords <= kPartnerMask);

constexpr State StateOf(uint64_t word) { return static_cast<State>(word & 7); }
constexpr uint32_t PartnerOf(uint64_t word) {
  return static_cast<uint32_t>(word >> kPartnerShift & kPartnerMask);
}
constexpr uint64_t NumberOf(uint64_t word) { return word >> kNumberShift; }
constexpr uint64_t Word(State state, uint32_t partner, uint64_t number) {
  return static_cast<uint64_t>(state) | uint64_t{partner} << kPartnerShift | number << kNumberShift;
}

constexpr uint64_t Waiting(uint64_t ticket) { return Word(State::kWaiting, 0, ticket); }
// `from`, `to`: index + 1; a notification that comes from nobody was given by a notifier.
constexpr uint64_t Notified(uint64_t notice, uint32_t from = 0) {
  return Word(State::kNotified, from, notice);
}
constexpr uint64_t Giving(uint64_t notice, uint32_t to) { return Word(State::kGiving, to, notice); }
constexpr uint64_t Marked(uint32_t mark, uint64_t ticket) {
  return Word(State::kMarked, mark, ticket);
}

// An Owner has its index in the low 12 bits and its epoch in the high 16; the rest is 0.
constexpr uint64_t Claimed(shared_memory::Owner owner, uint64_t number) {
  const uint64_t packed = (owner & 0xfff) | uint64_t{owner >> 16} << 12;
  return static_cast<uint64_t>(State::kClaimed) | packed << kOwnerShift |
         number << kClaimNumberShift;
}
constexpr shared_memory::Owner ClaimedOwner(uint64_t word) {
  const uint64_t packed = word >> kOwnerShift & kOwnerMask;
  return static_cast<shared_memory::Owner>((packed & 0xfff) | packed >> 12 << 16);
}
static_assert(ClaimedOwner(Claimed(0xabcd0123, 5)) == 0xabcd0123);
static_assert(shared_memory::Participants::kMax <= 0x1000);

// Numbers wrap, after decades; half of them are older than a given one.
constexpr bool IsOlder(uint64_t ticket, uint64_t than) {
  return ((than - ticket) & kNumberMask) - 1 < kNumberMask / 2;
}
static_assert(IsOlder(1, 2) && !IsOlder(2, 2) && !IsOlder(3, 2) && IsOlder(kNumberMask, 1));

// The owner of a notification that its receiver abandoned: of epoch 0, so that it never lived.
constexpr shared_memory::Owner kAbandoned = 1;
static_assert(kAbandoned != shared_memory::kNobody);

constexpr uint64_t BitOf(uint32_t index) { return uint64_t{1} << index % WaitTable::kGroupRecords; }

inline const std::atomic<uint32_t>* FutexOf(const std::atomic<uint64_t>& word) {
  static_assert(std::endian::native == std::endian::little && sizeof word == sizeof(uint64_t));
  return reinterpret_cast<const std::atomic<uint32_t>*>(&word);
}

}  // namespace wait_record

struct WaitTable::Header {
  std::atomic<uint64_t> tickets;
  std::atomic<uint64_t> objects;
  std::atomic<uint32_t> groups;  // that are committed; grows only
  uint32_t reserved[1019];
  std::atomic<uint64_t> busy[kMaxGroups];
};

struct WaitTable::Record {
  std::atomic<uint64_t> word;
  std::atomic<uint64_t> object;
  std::atomic<uint32_t> owner;
  std::atomic<uint32_t> detail;
  uint64_t reserved[5];
};

// One look at a record that somebody waits in.
struct WaitTable::Wait {
  uint32_t index;
  uint32_t detail;
  uint64_t word;
  uint64_t object;
  Owner owner;
};

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_WAIT_RECORD_H_
