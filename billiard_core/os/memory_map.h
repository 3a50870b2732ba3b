// Shared memory as the kernel gives it: memfds, POSIX shared-memory objects, mappings, commitment.
#ifndef BILLIARD_CORE_OS_MEMORY_MAP_H_
#define BILLIARD_CORE_OS_MEMORY_MAP_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/os/fd.h"

namespace billiard::os {

// A mapping that unmaps itself.
class MemoryMap {
 public:
  MemoryMap() = default;
  MemoryMap(void* data, size_t bytes) : data_(data), bytes_(bytes) {}
  MemoryMap(MemoryMap&& other) noexcept;
  MemoryMap& operator=(MemoryMap&& other) noexcept;
  ~MemoryMap();

  std::byte* data() const { return static_cast<std::byte*>(data_); }
  size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

// A new anonymous file of `bytes` (sparse: nothing is committed), sealed against shrinking.
absl::StatusOr<Fd> CreateMemfd(const char* name, uint64_t bytes);

// Maps the whole of [0, bytes) shared, readable and writable, without reserving swap.
absl::StatusOr<MemoryMap> MapShared(int fd, size_t bytes);

// The same for a descriptor that may only be read.
absl::StatusOr<MemoryMap> MapSharedForReading(int fd, size_t bytes);

// Makes sure that pages [offset, offset + bytes) exist, so that touching them can not be SIGBUS.
absl::Status CommitFile(int fd, uint64_t offset, uint64_t bytes);

// Maps the pages of [memory, memory + bytes) for writing, all in one call instead of one fault each; they
// hold what they held. Pages that were touched so are never taken away again, not even by another
// process's CommitFile of the same range that fails or is killed.
absl::Status Prefault(void* memory, size_t bytes);

// Gives the pages of [offset, offset + bytes) back; they read as zero afterwards.
absl::Status PunchHole(int fd, uint64_t offset, uint64_t bytes);

absl::StatusOr<uint64_t> FileSize(int fd);

// The page size, in bytes.
size_t PageSize();

}  // namespace billiard::os

#endif  // BILLIARD_CORE_OS_MEMORY_MAP_H_
