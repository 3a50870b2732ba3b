#include "billiard_core/shared_memory/named_segment.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/base/fault_point.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/shared_file.h"
#include "billiard_core/shared_memory/participants.h"

namespace billiard::shared_memory {
namespace {

constexpr char kPrefix[] = "/billiard-";
constexpr size_t kMaxName = 200;
constexpr int64_t kOpenPatience = 5 * kNanosPerSecond;
constexpr int64_t kReleasePatience = 200 * kNanosPerMilli;
constexpr int64_t kRetryNanos = kNanosPerMilli;

// Whether a shared-memory object has a name of ours: "/billiard-<letter>-...".
bool LooksLikeOurs(const std::string& object) {
  constexpr size_t kDash = sizeof kPrefix;  // after the prefix and one letter
  return object.size() > kDash && object[kDash] == '-';
}

absl::StatusOr<std::string> ObjectOf(char letter, absl::string_view name) {
  if (name.empty() || name.size() > kMaxName) {
    return MakeStatus(Code::kInvalid, "name: must have 1 to 200 bytes");
  }
  if (name.find('/') != absl::string_view::npos || name.find('\0') != absl::string_view::npos) {
    return MakeStatus(Code::kInvalid, "name: must not contain '/' or NUL");
  }
  return absl::StrCat(kPrefix, std::string(1, letter), "-", name);
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
        return MakeStatus(Code::kTimeout, "another process keeps the name locked");
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
  return MakeStatus(Code::kCorrupt, "the name belongs to something else of this or another user");
}

// Whether the dead left the file: it is a segment that was never finished, or has nobody living. False
// for what can not be told. With the lock held.
bool IsStale(const os::Fd& fd, uint64_t bytes) {
  if (bytes == 0) return true;
  for (const SegmentKind kind : {SegmentKind::kArena, SegmentKind::kQueue}) {
    absl::StatusOr<os::Fd> own = os::DuplicateFd(fd.get());
    if (!own.ok()) return false;
    const absl::StatusOr<std::unique_ptr<Segment>> segment = Segment::OpenFd(*std::move(own), kind);
    if (CodeOf(segment.status()) == Code::kState) return true;
    if (!segment.ok()) continue;
    const auto participants = Participants::Open(segment->get(), NamedSegment::kParticipantsOffset);
    return participants.ok() && (*participants)->CountLiving() == 0;
  }
  return false;
}

// Removes what the dead left under other names (a worker that was killed while it had a queue open, and
// was the last). Only whoever makes a new name pays for it. Names that somebody else works on are left.
void RemoveStaleNames() {
  for (const std::string& object : os::ListSharedObjects(kPrefix)) {
    if (!LooksLikeOurs(object)) continue;
    const absl::StatusOr<os::Fd> fd = os::OpenSharedObject(object.c_str(), os::IfMissing::kFail);
    if (!fd.ok()) continue;
    NameLock lock(fd->get());
    if (!lock.Take(Deadline::Now()).ok()) continue;
    const absl::StatusOr<os::FileFacts> facts = os::FactsOf(fd->get());
    if (!facts.ok() || !CheckIsOurs(*facts).ok() || facts->links == 0) continue;
    if (IsStale(*fd, facts->bytes)) os::UnlinkSharedObject(object.c_str()).IgnoreError();
  }
}

using Content = NamedSegment::Content;

// With the lock held; `fresh`: the file is empty.
absl::StatusOr<Content> MakeOrJoin(const std::string& object, const os::Fd& fd, bool fresh,
                                   const NamedSegment::Factory& make,
                                   const NamedSegment::Factory& open) {
  absl::StatusOr<os::Fd> own = os::DuplicateFd(fd.get());
  if (!own.ok()) return own.status();
  absl::StatusOr<Content> content = fresh ? make(*std::move(own)) : open(*std::move(own));
  BP_FAULT_POINT("named_segment_ready");
  if (content.ok()) {
    if (absl::Status status = content->join(); !status.ok()) content = status;
    BP_FAULT_POINT("named_segment_joined");
  }
  if (fresh && !content.ok()) os::UnlinkSharedObject(object.c_str()).IgnoreError();
  return content;
}

}  // namespace

NamedSegment::NamedSegment(std::string object, uint64_t device, uint64_t inode, Content content)
    : object_(std::move(object)), device_(device), inode_(inode), content_(std::move(content)) {}

absl::StatusOr<std::unique_ptr<NamedSegment>> NamedSegment::Open(char letter,
                                                                 absl::string_view name,
                                                                 const Factory& make,
                                                                 const Factory& open) {
  absl::StatusOr<std::string> object = ObjectOf(letter, name);
  if (!object.ok()) return object.status();
  const Deadline deadline = Deadline::After(kOpenPatience);
  for (;;) {
    absl::StatusOr<os::Fd> fd = os::OpenSharedObject(object->c_str(), os::IfMissing::kCreate);
    if (!fd.ok()) return fd.status();
    BP_FAULT_POINT("named_segment_opened");
    absl::StatusOr<os::FileFacts> facts = os::FactsOf(fd->get());
    if (!facts.ok()) return facts.status();
    if (absl::Status status = CheckIsOurs(*facts); !status.ok()) return status;
    NameLock lock(fd->get());
    if (absl::Status status = lock.Take(deadline); !status.ok()) return status;
    facts = os::FactsOf(fd->get());
    if (!facts.ok()) return facts.status();
    if (facts->links == 0) continue;  // removed before we had the lock
    const bool fresh = facts->bytes == 0;
    if (!fresh && IsStale(*fd, facts->bytes)) {
      absl::Status status = os::UnlinkSharedObject(object->c_str());
      if (!status.ok()) return status;
      continue;  // the next round makes it anew
    }
    absl::StatusOr<Content> content = MakeOrJoin(*object, *fd, fresh, make, open);
    if (!content.ok()) return content.status();
    if (fresh) RemoveStaleNames();
    return std::unique_ptr<NamedSegment>(
        new NamedSegment(*std::move(object), facts->device, facts->inode, *std::move(content)));
  }
}

NamedSegment::~NamedSegment() {
  content_.leave();
  BP_FAULT_POINT("named_segment_left");
  // A new descriptor: this object's own may be shared with a forked child, and with it the lock.
  const absl::StatusOr<os::Fd> fd = os::OpenSharedObject(object_.c_str(), os::IfMissing::kFail);
  if (!fd.ok()) return;
  NameLock lock(fd->get());
  // Not to be had: then the next open clears the name.
  if (!lock.Take(Deadline::After(kReleasePatience)).ok()) return;
  const absl::StatusOr<os::FileFacts> facts = os::FactsOf(fd->get());
  const bool still_ours =
      facts.ok() && facts->links > 0 && facts->device == device_ && facts->inode == inode_;
  if (still_ours && content_.count_living() == 0) {
    os::UnlinkSharedObject(object_.c_str()).IgnoreError();
  }
}

}  // namespace billiard::shared_memory
