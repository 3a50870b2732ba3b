#include "billiard_core/shared_memory/word_copy.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace billiard::shared_memory {
namespace {

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

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
// A load or store of 16 aligned bytes copies each of its two words whole: Intel and AMD promise even all 16
// for processors with AVX, and older ones go word by word. volatile keeps the compiler from making a
// call of memcpy of the loop, which promises nothing. ThreadSanitizer takes this for a race.
using Block = __m128i;
constexpr bool kBytesMayRace = true;

void StoreBlocks(std::byte* shared, const char* from, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes; i += sizeof(Block)) {
    const Block block = _mm_loadu_si128(reinterpret_cast<const Block*>(from + i));
    *reinterpret_cast<volatile Block*>(shared + i) = block;
  }
}

void LoadBlocks(char* to, std::byte* shared, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes; i += sizeof(Block)) {
    const Block block = *reinterpret_cast<volatile Block*>(shared + i);
    _mm_storeu_si128(reinterpret_cast<Block*>(to + i), block);
  }
}

// The same by 32 aligned bytes, which go as two such blocks or as one: as fast as memcpy. Whoever calls it
// has asked the processor. Returns how many bytes were copied: all but less than 128.
constexpr uint64_t kWide = sizeof(__m256i);
constexpr uint64_t kStep = 4 * kWide;

[[gnu::target("avx2")]] uint64_t StoreWide(std::byte* shared, const char* from, uint64_t bytes) {
  uint64_t i = 0;
  for (; i + kStep <= bytes; i += kStep) {
    const auto* const source = reinterpret_cast<const __m256i*>(from + i);
    auto* const target = reinterpret_cast<volatile __m256i*>(shared + i);
    const __m256i a = _mm256_loadu_si256(source);
    const __m256i b = _mm256_loadu_si256(source + 1);
    const __m256i c = _mm256_loadu_si256(source + 2);
    const __m256i d = _mm256_loadu_si256(source + 3);
    target[0] = a;
    target[1] = b;
    target[2] = c;
    target[3] = d;
  }
  return i;
}

[[gnu::target("avx2")]] uint64_t LoadWide(char* to, std::byte* shared, uint64_t bytes) {
  uint64_t i = 0;
  for (; i + kStep <= bytes; i += kStep) {
    auto* const source = reinterpret_cast<volatile __m256i*>(shared + i);
    auto* const target = reinterpret_cast<__m256i*>(to + i);
    const __m256i a = source[0];
    const __m256i b = source[1];
    const __m256i c = source[2];
    const __m256i d = source[3];
    _mm256_storeu_si256(target, a);
    _mm256_storeu_si256(target + 1, b);
    _mm256_storeu_si256(target + 2, c);
    _mm256_storeu_si256(target + 3, d);
  }
  return i;
}

bool HasWide() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

// Up to the first address that is a multiple of 32.
uint64_t BeforeWide(const std::byte* shared) {
  return reinterpret_cast<uintptr_t>(shared) % kWide == 0 ? 0 : sizeof(Block);
}

void StoreAll(std::byte* shared, const char* from, uint64_t bytes) {
  uint64_t done = 0;
  if (bytes >= 2 * kStep && HasWide()) {
    done = BeforeWide(shared);
    StoreBlocks(shared, from, done);
    done += StoreWide(shared + done, from + done, bytes - done);
  }
  StoreBlocks(shared + done, from + done, bytes - done);
}

void LoadAll(char* to, std::byte* shared, uint64_t bytes) {
  uint64_t done = 0;
  if (bytes >= 2 * kStep && HasWide()) {
    done = BeforeWide(shared);
    LoadBlocks(to, shared, done);
    done += LoadWide(to + done, shared + done, bytes - done);
  }
  LoadBlocks(to + done, shared + done, bytes - done);
}
#else
using Block = uint64_t;
constexpr bool kBytesMayRace = false;

void StoreAll(std::byte* shared, const char* from, uint64_t bytes) {
  StoreEach<uint64_t>(shared, from, bytes);
}

void LoadAll(char* to, std::byte* shared, uint64_t bytes) { LoadEach<uint64_t>(to, shared, bytes); }
#endif

// Bytes that others use at the same time: none can be seen half copied. The barriers tell the compiler that
// the memory is not what it knows of it.
void CopyBytes(void* to, const void* from, uint64_t bytes) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  memcpy(to, from, bytes);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// How `bytes` bytes are copied: units, then blocks, then units.
struct Parts {
  Parts(const std::byte* shared, uint64_t bytes) {
    const uint64_t past = reinterpret_cast<uintptr_t>(shared) % sizeof(Block);
    head = std::min(bytes, (sizeof(Block) - past) % sizeof(Block));
    blocks = (bytes - head) / sizeof(Block) * sizeof(Block);
    tail = bytes - head - blocks;
  }
  uint64_t head;
  uint64_t blocks;
  uint64_t tail;
};

}  // namespace

void CopyToShared(std::byte* shared, const void* from, uint64_t bytes, uint32_t unit) {
  if (kBytesMayRace && unit == 1) return CopyBytes(shared, from, bytes);
  const char* source = static_cast<const char*>(from);
  const Parts parts(shared, bytes);
  StoreUnits(shared, source, parts.head, unit);
  shared += parts.head;
  source += parts.head;
  StoreAll(shared, source, parts.blocks);
  StoreUnits(shared + parts.blocks, source + parts.blocks, parts.tail, unit);
}

void CopyFromShared(void* to, std::byte* shared, uint64_t bytes, uint32_t unit) {
  if (kBytesMayRace && unit == 1) return CopyBytes(to, shared, bytes);
  char* target = static_cast<char*>(to);
  const Parts parts(shared, bytes);
  LoadUnits(target, shared, parts.head, unit);
  shared += parts.head;
  target += parts.head;
  LoadAll(target, shared, parts.blocks);
  LoadUnits(target + parts.blocks, shared + parts.blocks, parts.tail, unit);
}

}  // namespace billiard::shared_memory
