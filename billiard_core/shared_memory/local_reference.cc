#include "billiard_core/shared_memory/local_reference.h"

#include <pthread.h>

#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/fork_handshake.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/shared_memory/references.h"

namespace billiard::shared_memory {

// All references of this process. Nothing here may wait for another thread but under the lock.
class LocalList {
 public:
  static void Insert(LocalReference* reference) {
    os::ProcessLock::Hold hold(&lock_);
    InsertLocked(reference, hold.token());
  }

  static void Remove(LocalReference* reference) {
    os::ProcessLock::Hold hold(&lock_);
    Renew(hold.token());
    if (reference->listed_by_ != hold.token()) return;  // of a list that was left behind
    (reference->previous_ == nullptr ? first_ : reference->previous_->next_) = reference->next_;
    if (reference->next_ != nullptr) reference->next_->previous_ = reference->previous_;
    reference->listed_by_ = 0;
  }

  // In a forked child, at a reference's first use.
  static absl::Status Adopt(LocalReference* reference) {
    os::ProcessLock::Hold hold(&lock_);
    if (reference->BelongsTo(hold.token())) return absl::OkStatus();
    absl::Status status = reference->AdoptLocked(hold.token());
    if (status.ok() && reference->listed_by_ != hold.token()) {
      InsertLocked(reference, hold.token());
    }
    return status;
  }

  static void InstallForkHandlers() {
    pthread_atfork(BeforeFork, AfterForkInParent, AfterForkInChild);
  }

 private:
  // A child that hangs before its first instruction of ours must not hold up its parent for ever.
  static constexpr int64_t kPatienceNanos = kNanosPerSecond;

  // A list of another process is a copy of whatever it was in the middle of.
  static void Renew(uint64_t token) {
    if (list_of_ == token) return;
    first_ = nullptr;
    list_of_ = token;
  }

  static void InsertLocked(LocalReference* reference, uint64_t token) {
    Renew(token);
    reference->next_ = first_;
    reference->previous_ = nullptr;
    reference->listed_by_ = token;
    if (first_ != nullptr) first_->previous_ = reference;
    first_ = reference;
  }

  static void BeforeFork() {
    Renew(lock_.Lock());
    if (first_ != nullptr) handshake_.Begin();
  }

  // While the lock is held nobody gives a reference back, so the child finds every object alive.
  static void AfterForkInParent() {
    handshake_.AwaitChild(kPatienceNanos);
    lock_.Unlock();
  }

  static void AfterForkInChild() {
    const uint64_t token = lock_.Lock();  // taken over from the parent, whose list is whole
    list_of_ = token;
    for (LocalReference* reference = first_; reference != nullptr; reference = reference->next_) {
      reference->listed_by_ = token;
      // Where that fails, its first use says why.
      reference->AdoptLocked(token).IgnoreError();
    }
    handshake_.ChildIsReady();
    lock_.Unlock();
  }

  static os::ProcessLock lock_;
  // Guarded by lock_. A fork that libc does not know of may copy them in any state: see Renew.
  static LocalReference* first_;
  static uint64_t list_of_;
  static os::ForkHandshake handshake_;
};

constinit os::ProcessLock LocalList::lock_;
constinit LocalReference* LocalList::first_ = nullptr;
constinit uint64_t LocalList::list_of_ = 0;
constinit os::ForkHandshake LocalList::handshake_;

namespace {

// At load time, before anything can install os::ForkGate's: a fork then waits first until the library's own
// threads stand still, which may need our lock for that, and takes the lock after.
[[maybe_unused]] const bool kForkHandlersInstalled = [] {
  LocalList::InstallForkHandlers();
  return true;
}();

}  // namespace

LocalReference::LocalReference(std::shared_ptr<Arena> arena, uint32_t granule, uint32_t generation,
                               uint32_t record, Owner owner)
    : arena_(std::move(arena)),
      granule_(granule),
      generation_(generation),
      token_(os::ProcessToken()),
      record_(record),
      owner_(owner) {
  LocalList::Insert(this);
}

LocalReference::~LocalReference() {
  LocalList::Remove(this);
  if (BelongsTo(os::ProcessToken())) arena_->references()->Drop(record_, owner_, owner_);
}

absl::Status LocalReference::Adopt() { return LocalList::Adopt(this); }

absl::Status LocalReference::AdoptLocked(uint64_t token) {
  const absl::StatusOr<Owner> me = arena_->Self();
  if (!me.ok()) return me.status();
  const absl::StatusOr<uint32_t> record = arena_->references()->Add(granule_, generation_, *me);
  if (!record.ok()) {
    return CodeOf(record.status()) == Code::kNotFound
               ? MakeStatus(Code::kState, "the object is gone")
               : record.status();
  }
  record_ = *record;
  owner_ = *me;
  token_.store(token, std::memory_order_release);  // [ADOPT]
  return absl::OkStatus();
}

}  // namespace billiard::shared_memory
