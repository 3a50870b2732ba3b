#include "billiard_core/queue/named_queue.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/shared_file.h"

namespace billiard::queue {
namespace {

constexpr char kPrefix[] = "/billiard-q-";
constexpr size_t kMaxName = 200;
constexpr int64_t kOpenPatience = 5 * kNanosPerSecond;
constexpr int64_t kReleasePatience = 200 * kNanosPerMilli;
constexpr int64_t kRetryNanos = kNanosPerMilli;

absl::StatusOr<std::string> ObjectName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxName) {
    return MakeStatus(Code::kInvalid, "name: must have 1 to 200 bytes");
  }
  if (name.find('/') != absl::string_view::npos || name.find('\0') != absl::string_view::npos) {
    return MakeStatus(Code::kInvalid, "name: must not contain '/' or NUL");
  }
  return absl::StrCat(kPrefix, name);
}

// The file lock of an object, given up at the end of the scope.
class NameLock {
 public:
  explicit NameLock(int fd) : fd_(fd) {}
  NameLock(const NameLock&) = delete;
  NameLock& operator=(const NameLock&) = delete;
  ~NameLock() {
    if (held_) os::UnlockFile(fd_);
  }

  // A lock has no timeout of its own, and its holder may be stopped.
  absl::Status Take(Deadline deadline) {
    for (;;) {
      const absl::StatusOr<bool> locked = os::TryLockFile(fd_);
      if (!locked.ok()) return locked.status();
      held_ = *locked;
      if (held_) return absl::OkStatus();
      if (deadline.Expired()) {
        return MakeStatus(Code::kTimeout, "another process keeps the queue's name locked");
      }
      const std::atomic<uint32_t> nobody_wakes{0};
      os::FutexWait(&nobody_wakes, 0, Earlier(deadline, Deadline::After(kRetryNanos)));
    }
  }

 private:
  const int fd_;
  bool held_ = false;
};

absl::Status CheckIsOurs(const os::FileFacts& facts) {
  const bool private_to_owner = (facts.permissions & 077) == 0;
  if (facts.regular && facts.owner == os::EffectiveUser() && private_to_owner) {
    return absl::OkStatus();
  }
  return MakeStatus(Code::kCorrupt, "the name belongs to something else than a queue of this user");
}

// Removes what the dead left under other names (a worker that was killed while it had a queue open, and
// was the last). Only whoever makes a new name pays for it. Names that somebody else works on are left.
void RemoveStaleNames() {
  for (const std::string& object : os::ListSharedObjects(kPrefix)) {
    const absl::StatusOr<os::Fd> fd = os::OpenSharedObject(object.c_str(), os::IfMissing::kFail);
    if (!fd.ok()) continue;
    NameLock lock(fd->get());
    if (!lock.Take(Deadline::Now()).ok()) continue;
    const absl::StatusOr<os::FileFacts> facts = os::FactsOf(fd->get());
    if (!facts.ok() || !CheckIsOurs(*facts).ok() || facts->links == 0) continue;
    absl::StatusOr<os::Fd> own = os::DuplicateFd(fd->get());
    if (!own.ok()) continue;
    const absl::StatusOr<std::unique_ptr<Queue>> queue =
        facts->bytes == 0 ? MakeStatus(Code::kState, "empty") : Queue::OpenFile(*std::move(own));
    const bool stale =
        queue.ok() ? (*queue)->CountParticipants() == 0 : CodeOf(queue.status()) == Code::kState;
    if (stale) os::UnlinkSharedObject(object.c_str()).IgnoreError();
  }
}

// With the lock held. A null queue: there was nothing usable, and the name is free again.
absl::StatusOr<std::unique_ptr<Queue>> MakeOrJoin(const std::string& object, const os::Fd& fd,
                                                  uint64_t bytes, const QueueOptions& options) {
  absl::StatusOr<os::Fd> own = os::DuplicateFd(fd.get());
  if (!own.ok()) return own.status();
  const bool fresh = bytes == 0;
  absl::StatusOr<std::unique_ptr<Queue>> queue =
      fresh ? Queue::CreateInFile(*std::move(own), options) : Queue::OpenFile(*std::move(own));
  if (fresh && !queue.ok()) {
    os::UnlinkSharedObject(object.c_str()).IgnoreError();
    return queue;
  }
  const bool unfinished = CodeOf(queue.status()) == Code::kState;
  if (unfinished || (queue.ok() && !fresh && (*queue)->CountParticipants() == 0)) {
    if (absl::Status status = os::UnlinkSharedObject(object.c_str()); !status.ok()) return status;
    return std::unique_ptr<Queue>();
  }
  if (!queue.ok()) return queue;
  if (absl::Status status = (*queue)->Join(); !status.ok()) return status;
  return queue;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NamedQueue>> NamedQueue::Open(absl::string_view name,
                                                             const QueueOptions& options) {
  absl::StatusOr<std::string> object = ObjectName(name);
  if (!object.ok()) return object.status();
  if (absl::Status status = Queue::CheckOptions(options); !status.ok()) return status;
  const Deadline deadline = Deadline::After(kOpenPatience);
  for (;;) {
    absl::StatusOr<os::Fd> fd = os::OpenSharedObject(object->c_str(), os::IfMissing::kCreate);
    if (!fd.ok()) return fd.status();
    absl::StatusOr<os::FileFacts> facts = os::FactsOf(fd->get());
    if (!facts.ok()) return facts.status();
    if (absl::Status status = CheckIsOurs(*facts); !status.ok()) return status;
    NameLock lock(fd->get());
    if (absl::Status status = lock.Take(deadline); !status.ok()) return status;
    facts = os::FactsOf(fd->get());
    if (!facts.ok()) return facts.status();
    if (facts->links == 0) continue;  // removed before we had the lock
    absl::StatusOr<std::unique_ptr<Queue>> queue = MakeOrJoin(*object, *fd, facts->bytes, options);
    if (!queue.ok()) return queue.status();
    if (*queue == nullptr) continue;
    if (facts->bytes == 0) RemoveStaleNames();
    return std::unique_ptr<NamedQueue>(
        new NamedQueue(*std::move(object), facts->device, facts->inode, *std::move(queue)));
  }
}

NamedQueue::~NamedQueue() {
  queue_->Leave();
  // A new descriptor: this object's own may be shared with a forked child, and with it the lock.
  const absl::StatusOr<os::Fd> fd = os::OpenSharedObject(object_.c_str(), os::IfMissing::kFail);
  if (!fd.ok()) return;
  NameLock lock(fd->get());
  // Not to be had: then the next open clears the name.
  if (!lock.Take(Deadline::After(kReleasePatience)).ok()) return;
  const absl::StatusOr<os::FileFacts> facts = os::FactsOf(fd->get());
  const bool still_ours =
      facts.ok() && facts->links > 0 && facts->device == device_ && facts->inode == inode_;
  if (still_ours && queue_->CountParticipants() == 0) {
    os::UnlinkSharedObject(object_.c_str()).IgnoreError();
  }
}

}  // namespace billiard::queue
