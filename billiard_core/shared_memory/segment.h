// One piece of shared memory (design D1): an anonymous memfd, inherited by fork or passed as a file
// descriptor, or a named POSIX shared-memory object. Address space is reserved generously, memory is
// committed in steps; inside are offsets, never pointers, since every process maps it elsewhere.
//
// Threads: all functions, any thread. Processes: each has its own Segment object for the same memory.
// Fork: a child goes on using the inherited object.
//
// I1: the header is written first and `ready` last, with release; whoever opens a segment checks all of
//     it and takes a segment that is not ready for one whose maker died.
// I2: memory is zero until somebody writes to it, and is committed before anybody does: a full tmpfs is
//     kNoMem, never SIGBUS.
// I3: At() and Commit() never reach outside [0, bytes()), whatever offset was read from the segment.
//
//   auto segment = Segment::CreateAnonymous(SegmentKind::kQueue);
//   (*segment)->Commit(kMyOffset, sizeof(MyState));
//   MyState* state = (*segment)->At<MyState>(kMyOffset);
//   (*segment)->Publish();
#ifndef BILLIARD_CORE_SHARED_MEMORY_SEGMENT_H_
#define BILLIARD_CORE_SHARED_MEMORY_SEGMENT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/os/memory_map.h"

namespace billiard::shared_memory {

// What /proc calls an anonymous segment: "/memfd:billiard (deleted)".
inline constexpr char kMemfdName[] = "billiard";

// What a segment holds; opening one as something else is kCorrupt.
enum class SegmentKind : uint32_t { kPool = 1, kQueue = 2, kArena = 3, kTest = 255 };

struct SegmentHeader {
  char magic[8];
  uint16_t major;  // a segment of another major version can not be opened
  uint16_t minor;  // a newer minor version only added things
  uint32_t kind;
  uint64_t bytes;
  std::atomic<uint32_t> ready;  // 1: complete; stored last
  uint32_t reserved[9];
};
static_assert(sizeof(SegmentHeader) == 64 && std::atomic<uint32_t>::is_always_lock_free);

class Segment {
 public:
  static constexpr uint64_t kHeaderBytes = 4096;  // what the segment is for starts here
  static constexpr uint64_t kDefaultReserve = uint64_t{64} << 30;

  // Reserves `reserve` bytes, or, for 0, as much of kDefaultReserve as this process may map. kNoMem.
  static absl::StatusOr<std::unique_ptr<Segment>> CreateAnonymous(SegmentKind kind,
                                                                  uint64_t reserve = 0);

  // Makes a segment of an empty regular file that nobody else is using yet (a named object, under
  // the lock that serialises its creation).
  static absl::StatusOr<std::unique_ptr<Segment>> CreateInFile(os::Fd fd, SegmentKind kind,
                                                               uint64_t reserve = 0);

  // Maps a segment that another process made. kCorrupt when it is foreign, truncated, of another
  // version or kind; kState when its maker has not published it.
  static absl::StatusOr<std::unique_ptr<Segment>> OpenFd(os::Fd fd, SegmentKind kind);

  // The same for somebody who only looks: `fd` may be open for reading alone, and whoever writes through
  // At(), or calls anything but At(), bytes() and base(), is ended by SIGSEGV.
  static absl::StatusOr<std::unique_ptr<Segment>> OpenForReading(os::Fd fd, SegmentKind kind);

  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  // From now on others may open it.
  void Publish();

  // Commits the pages of [offset, offset + bytes); may be repeated, by anyone. kNoMem.
  absl::Status Commit(uint64_t offset, uint64_t bytes) const;

  // Gives the pages that lie wholly in [offset, offset + bytes) back; they read as zero then. False when
  // they are kept, with what is in them.
  bool Decommit(uint64_t offset, uint64_t bytes) const;

  // The `count` objects at `offset`, or nullptr when they would lie outside or be misaligned.
  template <typename T>
  T* At(uint64_t offset, uint64_t count = 1) const {
    if (offset > bytes() || count > (bytes() - offset) / sizeof(T) || offset % alignof(T) != 0) {
      return nullptr;
    }
    return reinterpret_cast<T*>(base() + offset);
  }

  int fd() const { return fd_.get(); }
  std::byte* base() const { return map_.data(); }
  uint64_t bytes() const { return map_.bytes(); }

 private:
  Segment(os::Fd fd, os::MemoryMap map) : fd_(std::move(fd)), map_(std::move(map)) {}

  // Maps a file of `bytes` whose header has been written.
  static absl::StatusOr<std::unique_ptr<Segment>> Map(os::Fd fd, uint64_t bytes);
  using MapFunction = absl::StatusOr<os::MemoryMap> (*)(int fd, size_t bytes);
  static absl::StatusOr<std::unique_ptr<Segment>> Open(os::Fd fd, SegmentKind kind,
                                                       MapFunction map);
  SegmentHeader* header() const { return reinterpret_cast<SegmentHeader*>(base()); }

  // Fixed after construction.
  os::Fd fd_;
  os::MemoryMap map_;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_SEGMENT_H_
