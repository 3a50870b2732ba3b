#include "billiard_core/shared_memory/segment.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/limits.h"
#include "billiard_core/os/shared_file.h"

namespace billiard::shared_memory {
namespace {

constexpr char kMagic[8] = {'B', 'I', 'L', 'L', 'I', 'A', 'R', 'D'};
constexpr uint16_t kMajor = 1;
constexpr uint16_t kMinor = 0;

constexpr uint64_t kSmallestReserve = uint64_t{1} << 20;
constexpr uint64_t kModestReserve = uint64_t{1} << 30;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool kAddressSpaceIsScarce = true;
#else
constexpr bool kAddressSpaceIsScarce = false;
#endif

// Where to start trying when the caller named no size.
uint64_t FirstReserve() {
  const bool scarce = kAddressSpaceIsScarce || os::AddressSpaceLimit() != os::kNoLimit;
  const uint64_t wanted = scarce ? kModestReserve : Segment::kDefaultReserve;
  const uint64_t allowed = os::FileSizeLimit() & ~(kSmallestReserve - 1);
  return std::max(kSmallestReserve, std::min(wanted, allowed));
}

bool WorthHalving(const absl::Status& status) {
  const int error = ErrnoOf(status);
  return error == ENOMEM || error == EFBIG || error == EINVAL;
}

// Calls make(reserve), with half as much address space as long as there is not enough.
template <typename Make>
auto WithFittingReserve(uint64_t reserve, Make make) -> decltype(make(reserve)) {
  if (reserve != 0) {
    if (reserve > os::FileSizeLimit()) {
      return OsStatus(Code::kNoMem, EFBIG, "reserving shared memory");
    }
    return make(reserve);
  }
  for (uint64_t size = FirstReserve();; size /= 2) {
    auto made = make(size);
    if (made.ok() || size <= kSmallestReserve || !WorthHalving(made.status())) return made;
  }
}

absl::Status Corrupt(const char* what) {
  return MakeStatus(Code::kCorrupt, absl::StrCat("not a usable Billiard segment: ", what));
}

absl::Status WriteHeader(int fd, SegmentKind kind, uint64_t bytes) {
  SegmentHeader header = {};
  memcpy(header.magic, kMagic, sizeof kMagic);
  header.major = kMajor;
  header.minor = kMinor;
  header.kind = static_cast<uint32_t>(kind);
  header.bytes = bytes;
  return os::WriteFileAt(fd, 0, &header, sizeof header);
}

absl::Status CheckHeader(const SegmentHeader& header, uint64_t file_bytes, SegmentKind kind) {
  if (memcmp(header.magic, kMagic, sizeof kMagic) != 0) return Corrupt("foreign content");
  if (header.major != kMajor) return Corrupt("another version");
  if (header.kind != static_cast<uint32_t>(kind)) return Corrupt("another kind of object");
  if (header.ready.load(std::memory_order_relaxed) == 0) {  // read through the kernel
    return MakeStatus(Code::kState, "the segment's maker has not finished it");
  }
  if (header.bytes != file_bytes) return Corrupt("truncated");
  if (header.bytes < kSmallestReserve) return Corrupt("too small");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Segment>> Segment::CreateAnonymous(SegmentKind kind,
                                                                  uint64_t reserve) {
  return WithFittingReserve(
      reserve, [kind](uint64_t bytes) -> absl::StatusOr<std::unique_ptr<Segment>> {
        absl::StatusOr<os::Fd> fd = os::CreateMemfd(kMemfdName, bytes);
        if (!fd.ok()) return fd.status();
        if (absl::Status status = WriteHeader(fd->get(), kind, bytes); !status.ok()) return status;
        return Map(*std::move(fd), bytes);
      });
}

absl::StatusOr<std::unique_ptr<Segment>> Segment::CreateInFile(os::Fd fd, SegmentKind kind,
                                                               uint64_t reserve) {
  return WithFittingReserve(
      reserve, [&fd, kind](uint64_t bytes) -> absl::StatusOr<std::unique_ptr<Segment>> {
        absl::StatusOr<os::Fd> own = os::DuplicateFd(fd.get());
        if (!own.ok()) return own.status();
        // The header first: a file that has a size but no header of ours is somebody else's.
        if (absl::Status status = WriteHeader(own->get(), kind, bytes); !status.ok()) return status;
        if (absl::Status status = os::ResizeFile(own->get(), bytes); !status.ok()) return status;
        return Map(*std::move(own), bytes);
      });
}

absl::StatusOr<std::unique_ptr<Segment>> Segment::OpenFd(os::Fd fd, SegmentKind kind) {
  return Open(std::move(fd), kind, os::MapShared);
}

absl::StatusOr<std::unique_ptr<Segment>> Segment::OpenForReading(os::Fd fd, SegmentKind kind) {
  return Open(std::move(fd), kind, os::MapSharedForReading);
}

absl::StatusOr<std::unique_ptr<Segment>> Segment::Open(os::Fd fd, SegmentKind kind,
                                                       MapFunction map_file) {
  const absl::StatusOr<uint64_t> file_bytes = os::FileSize(fd.get());
  if (!file_bytes.ok()) return file_bytes.status();
  SegmentHeader header = {};
  const absl::StatusOr<size_t> got = os::ReadFileAt(fd.get(), 0, &header, sizeof header);
  if (!got.ok()) return got.status();
  if (*got < sizeof header) return Corrupt("truncated");
  if (absl::Status status = CheckHeader(header, *file_bytes, kind); !status.ok()) return status;
  absl::StatusOr<os::MemoryMap> map = map_file(fd.get(), *file_bytes);
  if (!map.ok()) return map.status();
  std::unique_ptr<Segment> segment(new Segment(std::move(fd), *std::move(map)));
  // [SEGMENT-READY] What the maker wrote before Publish() is seen after this.
  segment->header()->ready.load(std::memory_order_acquire);
  return segment;
}

absl::StatusOr<std::unique_ptr<Segment>> Segment::Map(os::Fd fd, uint64_t bytes) {
  absl::StatusOr<os::MemoryMap> map = os::MapShared(fd.get(), bytes);
  if (!map.ok()) return map.status();
  return std::unique_ptr<Segment>(new Segment(std::move(fd), *std::move(map)));
}

void Segment::Publish() {
  header()->ready.store(1, std::memory_order_release);  // [SEGMENT-READY]
}

absl::Status Segment::Commit(uint64_t offset, uint64_t length) const {
  if (offset > bytes() || length > bytes() - offset) {
    return MakeStatus(Code::kInternal, "commit outside of the segment");
  }
  if (length == 0) return absl::OkStatus();
  absl::Status status = os::CommitFile(fd(), offset, length);
  return status.ok() ? os::Prefault(base() + offset, length) : status;
}

bool Segment::Decommit(uint64_t offset, uint64_t length) const {
  if (offset > bytes() || length > bytes() - offset) return false;
  const uint64_t page = os::PageSize();
  const uint64_t begin = (offset + page - 1) / page * page;
  const uint64_t end = (offset + length) / page * page;
  return begin >= end || os::PunchHole(fd(), begin, end - begin).ok();
}

}  // namespace billiard::shared_memory
