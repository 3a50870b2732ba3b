#include "billiard_core/pool/chunk.h"

#include <cstring>

namespace billiard::pool {
namespace {

constexpr uint64_t kAlign = 8;

constexpr uint64_t Aligned(uint64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

}  // namespace

uint64_t ChunkWriter::HeadBytes(uint64_t count) {
  return sizeof(uint64_t) + count * sizeof(ChunkEntry);
}

uint64_t ChunkWriter::SizeWith(uint64_t item_bytes) const {
  return HeadBytes(entries_.size() + 1) + bytes_.size() + Aligned(item_bytes);
}

void ChunkWriter::Append(absl::string_view bytes, uint32_t format, uint32_t failed) {
  const uint64_t offset = bytes_.size();
  // An entry without its bytes would be worse than bytes without their entry.
  bytes_.reserve(Aligned(offset + bytes.size()));
  entries_.push_back(ChunkEntry{offset, bytes.size(), format, failed});
  bytes_.append(bytes.data(), bytes.size());
  bytes_.resize(Aligned(bytes_.size()));
}

void ChunkWriter::RemoveLast() {
  bytes_.resize(entries_.back().offset);
  entries_.pop_back();
}

std::string ChunkWriter::Finish() const {
  const uint64_t count = entries_.size();
  std::string list;
  list.reserve(size());
  list.append(reinterpret_cast<const char*>(&count), sizeof count);
  for (ChunkEntry entry : entries_) {
    entry.offset += HeadBytes(count);
    list.append(reinterpret_cast<const char*>(&entry), sizeof entry);
  }
  list.append(bytes_);
  return list;
}

bool ChunkView::Read(const PayloadView& list) {
  count_ = 0;
  uint64_t count = 0;
  if (list.data == nullptr || list.size < sizeof count) return false;
  memcpy(&count, list.data, sizeof count);
  if (count > (list.size - sizeof count) / sizeof(ChunkEntry)) return false;
  data_ = list.data;
  size_ = list.size;
  count_ = count;
  return true;
}

ChunkEntry ChunkView::EntryAt(uint64_t index) const {
  ChunkEntry entry;
  memcpy(&entry, data_ + sizeof(uint64_t) + index * sizeof entry, sizeof entry);
  return entry;
}

PayloadView ChunkView::Item(uint64_t index) const {
  const ChunkEntry entry = EntryAt(index);
  PayloadView item;
  item.size = entry.size;
  item.format = entry.format;
  if (entry.offset <= size_ && entry.size <= size_ - entry.offset) item.data = data_ + entry.offset;
  return item;
}

}  // namespace billiard::pool
