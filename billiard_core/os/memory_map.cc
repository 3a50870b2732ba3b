#include "billiard_core/os/memory_map.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "billiard_core/base/status.h"

namespace billiard::os {

MemoryMap::MemoryMap(MemoryMap&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryMap& MemoryMap::operator=(MemoryMap&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MemoryMap::~MemoryMap() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

absl::StatusOr<Fd> CreateMemfd(const char* name, uint64_t bytes) {
  Fd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return OsStatus(errno, "memfd_create");
  if (ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return OsStatus(errno, "ftruncate");
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) return OsStatus(errno, "F_ADD_SEALS");
  return fd;
}

namespace {

absl::StatusOr<MemoryMap> Map(int fd, size_t bytes, int protection) {
  void* data = mmap(nullptr, bytes, protection, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (data == MAP_FAILED) return OsStatus(errno, "mmap");
  return MemoryMap(data, bytes);
}

}  // namespace

absl::StatusOr<MemoryMap> MapShared(int fd, size_t bytes) {
  return Map(fd, bytes, PROT_READ | PROT_WRITE);
}

absl::StatusOr<MemoryMap> MapSharedForReading(int fd, size_t bytes) {
  return Map(fd, bytes, PROT_READ);
}

absl::Status CommitFile(int fd, uint64_t offset, uint64_t bytes) {
  int result;
  do {
    result = fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (result != 0 && errno == EINTR);
  return result == 0 ? absl::OkStatus() : OsStatus(errno, "fallocate");
}

absl::Status Prefault(void* memory, size_t bytes) {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, which older headers lack
  const uintptr_t begin = reinterpret_cast<uintptr_t>(memory) / PageSize() * PageSize();
  const size_t length = reinterpret_cast<uintptr_t>(memory) + bytes - begin;
  int result;
  do {
    result = madvise(reinterpret_cast<void*>(begin), length, kPopulateWrite);
  } while (result != 0 && (errno == EINTR || errno == EAGAIN));
  // Kernels before 5.14 do not know it: pages then come with the first touch.
  return result == 0 || errno == EINVAL ? absl::OkStatus()
                                        : OsStatus(Code::kNoMem, errno, "madvise");
}

absl::Status PunchHole(int fd, uint64_t offset, uint64_t bytes) {
  const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (fallocate(fd, mode, static_cast<off_t>(offset), static_cast<off_t>(bytes)) != 0) {
    return OsStatus(errno, "fallocate (punch hole)");
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> FileSize(int fd) {
  struct stat file;
  if (fstat(fd, &file) != 0) return OsStatus(errno, "fstat");
  return static_cast<uint64_t>(file.st_size);
}

size_t PageSize() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

}  // namespace billiard::os
