// A list of payloads in one: the items of a chunk on their way to a worker, and what became of each on
// the way back (POOL-57). Bytes without pointers, so that they can be read where they lie in shared
// memory; whoever reads them checks every number first.
//
//   uint64 count | count x ChunkEntry | the items' bytes, each item at a multiple of 8
//
// ChunkWriter belongs to one thread. ChunkView is a view: copy it freely, the bytes stay another's.
#ifndef BILLIARD_CORE_POOL_CHUNK_H_
#define BILLIARD_CORE_POOL_CHUNK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "billiard_core/pool/pool_segment.h"

namespace billiard::pool {

struct ChunkEntry {
  uint64_t offset = 0;  // from the start of the list
  uint64_t size = 0;
  uint32_t format = 0;
  uint32_t failed = 0;  // 1: the bytes are an encoded Failure (failure.h)
};

class ChunkWriter {
 public:
  void Add(absl::string_view bytes, uint32_t format) { Append(bytes, format, 0); }
  void AddFailure(absl::string_view encoded) { Append(encoded, 0, 1); }
  void RemoveLast();

  uint64_t count() const { return entries_.size(); }
  // Bytes of the whole list as it is, and with one more item of so many bytes.
  uint64_t size() const { return HeadBytes(entries_.size()) + bytes_.size(); }
  uint64_t SizeWith(uint64_t item_bytes) const;

  // The whole list.
  std::string Finish() const;

 private:
  static uint64_t HeadBytes(uint64_t count);
  void Append(absl::string_view bytes, uint32_t format, uint32_t failed);

  std::vector<ChunkEntry> entries_;  // offsets from the start of bytes_ until Finish
  std::string bytes_;
};

class ChunkView {
 public:
  ChunkView() = default;

  // False when the bytes are no list: it is empty then.
  bool Read(const PayloadView& list);

  uint64_t count() const { return count_; }
  bool Failed(uint64_t index) const { return EntryAt(index).failed != 0; }
  // Index < count. `data` is nullptr when the list's words about it make no sense.
  PayloadView Item(uint64_t index) const;

 private:
  ChunkEntry EntryAt(uint64_t index) const;

  const std::byte* data_ = nullptr;
  uint64_t size_ = 0;
  uint64_t count_ = 0;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_CHUNK_H_
