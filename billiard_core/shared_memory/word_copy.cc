#include "billiard_core/shared_memory/word_copy.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace billiard::shared_memory {
namespace {

constexpr uint64_t kWord = sizeof(uint64_t);

template <typename T>
void StoreEach(std::byte* shared, const char* from, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes; i += sizeof(T)) {
    T each;
    memcpy(&each, from + i, sizeof each);
    std::atomic_ref<T>(*reinterpret_cast<T*>(shared + i)).store(each, std::memory_order_relaxed);
  }
}

template <typename T>
void LoadEach(char* to, std::byte* shared, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes; i += sizeof(T)) {
    const T each =
        std::atomic_ref<T>(*reinterpret_cast<T*>(shared + i)).load(std::memory_order_relaxed);
    memcpy(to + i, &each, sizeof each);
  }
}

void StoreUnits(std::byte* shared, const char* from, uint64_t bytes, uint32_t unit) {
  switch (unit) {
    case 1:
      return StoreEach<uint8_t>(shared, from, bytes);
    case 2:
      return StoreEach<uint16_t>(shared, from, bytes);
    case 4:
      return StoreEach<uint32_t>(shared, from, bytes);
    default:
      return StoreEach<uint64_t>(shared, from, bytes);
  }
}

void LoadUnits(char* to, std::byte* shared, uint64_t bytes, uint32_t unit) {
  switch (unit) {
    case 1:
      return LoadEach<uint8_t>(to, shared, bytes);
    case 2:
      return LoadEach<uint16_t>(to, shared, bytes);
    case 4:
      return LoadEach<uint32_t>(to, shared, bytes);
    default:
      return LoadEach<uint64_t>(to, shared, bytes);
  }
}

// Bytes before the first whole word.
uint64_t Head(const std::byte* shared, uint64_t bytes) {
  const uint64_t past = reinterpret_cast<uintptr_t>(shared) % kWord;
  return std::min(bytes, (kWord - past) % kWord);
}

}  // namespace

void CopyToShared(std::byte* shared, const void* from, uint64_t bytes, uint32_t unit) {
  const char* source = static_cast<const char*>(from);
  const uint64_t head = Head(shared, bytes);
  const uint64_t words = (bytes - head) / kWord * kWord;
  StoreUnits(shared, source, head, unit);
  StoreEach<uint64_t>(shared + head, source + head, words);
  StoreUnits(shared + head + words, source + head + words, bytes - head - words, unit);
}

void CopyFromShared(void* to, std::byte* shared, uint64_t bytes, uint32_t unit) {
  char* target = static_cast<char*>(to);
  const uint64_t head = Head(shared, bytes);
  const uint64_t words = (bytes - head) / kWord * kWord;
  LoadUnits(target, shared, head, unit);
  LoadEach<uint64_t>(target + head, shared + head, words);
  LoadUnits(target + head + words, shared + head + words, bytes - head - words, unit);
}

}  // namespace billiard::shared_memory
