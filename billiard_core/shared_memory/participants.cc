#include "billiard_core/shared_memory/participants.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "billiard_core/base/status.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/pidfd.h"

namespace billiard::shared_memory {
namespace {

enum class State : uint64_t { kFree = 0, kLive = 1, kDead = 2 };

constexpr int kStateShift = 62;
constexpr int kEpochShift = 46;
constexpr int kPidShift = 24;
constexpr uint64_t kEpochMask = 0xffff;
constexpr uint64_t kPidMask = (uint64_t{1} << 22) - 1;
constexpr uint64_t kTimeMask = (uint64_t{1} << 24) - 1;

constexpr uint64_t Pack(State state, uint64_t epoch, uint64_t pid, uint64_t time) {
  return static_cast<uint64_t>(state) << kStateShift | epoch << kEpochShift | pid << kPidShift |
         time;
}
constexpr State StateOf(uint64_t word) { return static_cast<State>(word >> kStateShift); }
constexpr uint64_t EpochOf(uint64_t word) { return word >> kEpochShift & kEpochMask; }
constexpr pid_t PidIn(uint64_t word) { return static_cast<pid_t>(word >> kPidShift & kPidMask); }
constexpr uint64_t TimeOf(uint64_t word) { return word & kTimeMask; }
constexpr uint64_t WithState(uint64_t word, State state) {
  return Pack(state, EpochOf(word), static_cast<uint64_t>(PidIn(word)), TimeOf(word));
}

constexpr Owner MakeOwner(uint32_t index, uint64_t epoch) {
  return index | static_cast<uint32_t>(epoch) << 16;
}
constexpr uint32_t IndexOf(Owner owner) { return owner & 0xffff; }
constexpr uint64_t EpochOf(Owner owner) { return owner >> 16; }

// Epoch 0 is left out, so that no owner is kNobody.
constexpr uint64_t NextEpoch(uint64_t epoch) { return epoch == kEpochMask ? 1 : epoch + 1; }

// A start time in the bits that the word has for it; 0: not known (no /proc).
uint64_t StartTimeBits(pid_t pid) {
  const uint64_t ticks = os::ProcessStartTime(pid);
  return ticks == 0 ? 0 : 1 + ticks % kTimeMask;
}

// Never 0, which means "no namespace yet" in an entry.
uint64_t OwnNamespace() { return std::max<uint64_t>(1, os::PidNamespaceId()); }

// Whether the process that the word names, in our pid namespace, has ended. In doubt it has not.
bool ProcessHasEnded(uint64_t word) {
  const absl::StatusOr<os::Fd> pidfd = os::PidfdOpen(PidIn(word));
  if (!pidfd.ok()) {
    const int error = ErrnoOf(pidfd.status());
    // The two others: the number now belongs to a thread of another process.
    return error == ESRCH || error == EINVAL || error == ENOENT;
  }
  if (os::PidfdHasEnded(pidfd->get())) return true;
  // The pidfd holds on to one process; if that is not the one of the word, the pid was used again.
  const uint64_t now = StartTimeBits(PidIn(word));
  return now != 0 && TimeOf(word) != 0 && now != TimeOf(word);
}

}  // namespace

struct Participants::Table {
  std::atomic<uint32_t> used;  // entries from here on were never claimed and may not be committed
};

Participants::Participants(Segment* segment, uint64_t offset)
    : segment_(segment),
      offset_(offset),
      table_(segment->At<Table>(offset)),
      entries_(segment->At<ParticipantEntry>(offset + kEntriesOffset, kMax)) {}

absl::StatusOr<std::unique_ptr<Participants>> Participants::Create(Segment* segment,
                                                                   uint64_t offset) {
  absl::StatusOr<std::unique_ptr<Participants>> table = Open(segment, offset);
  if (!table.ok()) return table;
  if (absl::Status status = segment->Commit(offset, kEntriesOffset); !status.ok()) return status;
  return table;
}

absl::StatusOr<std::unique_ptr<Participants>> Participants::Open(Segment* segment,
                                                                 uint64_t offset) {
  std::unique_ptr<Participants> table(new Participants(segment, offset));
  if (table->table_ == nullptr || table->entries_ == nullptr) {
    return MakeStatus(Code::kCorrupt, "the segment has no room for its participants");
  }
  return table;
}

absl::StatusOr<Owner> Participants::Self(Places places) {
  const Owner owner = SelfIfRegistered();
  if (owner != kNobody) return owner;
  return Register(os::ProcessToken(), places);
}

// One thread of the process registers; a lock that was held when the process was forked carries the
// parent's token and is simply taken over.
absl::StatusOr<Owner> Participants::Register(uint64_t token, Places places) {
  uint64_t holder = registering_.load(std::memory_order_relaxed);  // the CAS orders
  for (;;) {
    if (holder == token) {
      sched_yield();
      holder = registering_.load(std::memory_order_relaxed);
      continue;
    }
    // [REGISTER]
    if (registering_.compare_exchange_weak(holder, token, std::memory_order_acquire)) break;
  }
  absl::StatusOr<Owner> owner = SelfIfRegistered();
  if (*owner == kNobody) {
    owner = Claim(places == Places::kAll ? kMax : kMax - kReserved);
    if (owner.ok()) {
      owner_.store(*owner, std::memory_order_relaxed);  // ordered by the next line
      token_.store(token, std::memory_order_release);   // [SELF]
    }
  }
  registering_.store(0, std::memory_order_release);  // [REGISTER]
  return owner;
}

absl::StatusOr<Owner> Participants::Claim(uint32_t places) {
  const uint64_t own_namespace = OwnNamespace();
  const pid_t pid = getpid();
  const uint64_t time = StartTimeBits(pid);
  for (uint32_t index = 0; index < places; ++index) {
    if (index >= Used()) {
      if (absl::Status status = Grow(index); !status.ok()) return status;
    }
    ParticipantEntry& entry = entries_[index];
    uint64_t word = entry.word.load(std::memory_order_relaxed);  // the CAS orders
    if (StateOf(word) != State::kFree) continue;
    // I1: an entry serves one pid namespace for ever, so that the claim needs only one CAS.
    uint64_t its_namespace = 0;
    if (!entry.pid_namespace.compare_exchange_strong(its_namespace, own_namespace,
                                                     std::memory_order_acq_rel) &&
        its_namespace != own_namespace) {
      continue;
    }
    const uint64_t epoch = NextEpoch(EpochOf(word));
    const uint64_t mine = Pack(State::kLive, epoch, static_cast<uint64_t>(pid), time);
    // [ENTRY] acq_rel: what was taken back from the last owner is seen by the next.
    if (entry.word.compare_exchange_strong(word, mine, std::memory_order_acq_rel)) {
      return MakeOwner(index, epoch);
    }
  }
  return MakeStatus(Code::kFull, "too many processes take part in this object");
}

// Makes entry `index`, the first unused one, usable.
absl::Status Participants::Grow(uint32_t index) {
  const uint64_t offset = offset_ + kEntriesOffset + index * sizeof(ParticipantEntry);
  absl::Status status = segment_->Commit(offset, sizeof(ParticipantEntry));
  uint32_t expected = index;
  // Commit first: entries below `used` may be touched.
  if (status.ok()) {
    table_->used.compare_exchange_strong(expected, index + 1, std::memory_order_release);  // [USED]
  }
  return status;
}

uint32_t Participants::Used() const {
  return std::min(table_->used.load(std::memory_order_acquire), kMax);  // [USED]
}

void Participants::Leave() {
  const Owner owner = SelfIfRegistered();
  if (owner == kNobody) return;
  token_.store(0, std::memory_order_relaxed);  // the contract: no other call is under way
  std::atomic<uint64_t>& entry = entries_[IndexOf(owner)].word;
  uint64_t word = entry.load(std::memory_order_relaxed);
  if (StateOf(word) == State::kLive && EpochOf(word) == EpochOf(owner)) {
    entry.compare_exchange_strong(word, Pack(State::kFree, EpochOf(word), 0, 0),
                                  std::memory_order_acq_rel);  // [ENTRY]
  }
}

bool Participants::EntryHasEnded(uint32_t index, uint64_t word, uint64_t own_namespace) const {
  // I4: what runs in another namespace can not be asked about here.
  if (entries_[index].pid_namespace.load(std::memory_order_relaxed) != own_namespace) return false;
  return ProcessHasEnded(word);
}

bool Participants::IsDead(Owner owner) const {
  const uint32_t index = IndexOf(owner);
  if (index >= Used()) return true;
  const uint64_t word = entries_[index].word.load(std::memory_order_acquire);  // [ENTRY]
  if (EpochOf(word) != EpochOf(owner) || StateOf(word) != State::kLive) return true;
  return EntryHasEnded(index, word, OwnNamespace());
}

bool Participants::SeemsDead(Owner owner) const {
  const uint32_t index = IndexOf(owner);
  if (index >= Used()) return true;
  const ParticipantEntry& entry = entries_[index];
  const uint64_t word = entry.word.load(std::memory_order_acquire);  // [ENTRY]
  if (EpochOf(word) != EpochOf(owner) || StateOf(word) != State::kLive) return true;
  const Owner me = SelfIfRegistered();
  if (me == kNobody) return IsDead(owner);
  // I4; our own entry has our namespace.
  if (entry.pid_namespace.load(std::memory_order_relaxed) !=
      entries_[IndexOf(me)].pid_namespace.load(std::memory_order_relaxed)) {
    return false;
  }
  const absl::StatusOr<os::Fd> pidfd = os::PidfdOpen(PidIn(word));
  if (!pidfd.ok()) return ProcessHasEnded(word);
  return os::PidfdHasEnded(pidfd->get());
}

pid_t Participants::PidOf(Owner owner) const {
  const uint32_t index = IndexOf(owner);
  if (index >= Used()) return 0;
  const uint64_t word = entries_[index].word.load(std::memory_order_acquire);  // [ENTRY]
  const bool is_it = EpochOf(word) == EpochOf(owner) && StateOf(word) != State::kFree;
  return is_it ? PidIn(word) : 0;
}

int Participants::Sweep(const std::function<bool(Owner)>& take_back) {
  int taken_back = 0;
  const uint64_t own_namespace = OwnNamespace();
  for (uint32_t index = 0; index < Used(); ++index) {
    std::atomic<uint64_t>& entry = entries_[index].word;
    uint64_t word = entry.load(std::memory_order_acquire);  // [ENTRY]
    if (StateOf(word) == State::kLive && EntryHasEnded(index, word, own_namespace)) {
      const uint64_t dead = WithState(word, State::kDead);
      if (entry.compare_exchange_strong(word, dead, std::memory_order_acq_rel)) word = dead;
    }
    if (StateOf(word) != State::kDead) continue;
    if (!take_back(MakeOwner(index, EpochOf(word)))) continue;
    // Fails when another sweeper was first: then it has counted this one.
    if (entry.compare_exchange_strong(word, Pack(State::kFree, EpochOf(word), 0, 0),
                                      std::memory_order_acq_rel)) {  // [ENTRY]
      ++taken_back;
    }
  }
  return taken_back;
}

int Participants::CountLiving() const {
  int living = 0;
  const uint64_t own_namespace = OwnNamespace();
  for (uint32_t index = 0; index < Used(); ++index) {
    const uint64_t word = entries_[index].word.load(std::memory_order_acquire);  // [ENTRY]
    if (StateOf(word) == State::kLive && !EntryHasEnded(index, word, own_namespace)) ++living;
  }
  return living;
}

}  // namespace billiard::shared_memory
