// What the tests of objects have in common.
#ifndef BILLIARD_TESTS_CORE_SHARED_MEMORY_OBJECT_HARNESS_H_
#define BILLIARD_TESTS_CORE_SHARED_MEMORY_OBJECT_HARNESS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "billiard_core/shared_memory/arena.h"
#include "billiard_core/shared_memory/buddy_heap.h"
#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/references.h"
#include "gtest/gtest.h"

namespace billiard::shared_memory {

constexpr uint64_t kTestArenaBytes = uint64_t{16} << 20;

inline std::shared_ptr<Arena> MakeArena(uint64_t max_bytes = kTestArenaBytes) {
  auto arena = Arena::Create({.max_bytes = max_bytes});
  EXPECT_TRUE(arena.ok()) << arena.status();
  return *std::move(arena);
}

inline Object MakeObject(const std::shared_ptr<Arena>& arena, uint64_t bytes = 64,
                         ObjectKind kind = ObjectKind::kMemory) {
  auto object = Object::Make(arena, kind, bytes, nullptr);
  if (!object.ok()) {
    fprintf(stderr, "no object: %s\n", object.status().ToString().c_str());
    abort();
  }
  return *std::move(object);
}

// Fills the object with a pattern that tells it from others.
inline void Paint(const Object& object, uint64_t seed) {
  for (uint64_t i = 0; i < object.bytes() / 8; ++i) {
    reinterpret_cast<volatile uint64_t*>(object.data())[i] = seed + i;
  }
}

inline bool IsPainted(const Object& object, uint64_t seed) {
  for (uint64_t i = 0; i < object.bytes() / 8; ++i) {
    if (reinterpret_cast<volatile uint64_t*>(object.data())[i] != seed + i) return false;
  }
  return true;
}

// Nobody living has an object: so there is none, and the heap is whole.
inline void ExpectNothingIsLeft(Arena* arena, uint64_t objects = 0) {
  arena->Recover();
  const ArenaStats stats = arena->Stats();
  EXPECT_EQ(stats.objects, objects);
  EXPECT_EQ(stats.references, objects);
  if (stats.objects != objects) {
    arena->heap()->ForEachShared([&](Granule granule, const BuddyHeap::SharedBlock&) {
      ADD_FAILURE() << "shared: granule " << granule << ", holders "
                    << arena->references()->CountHolders(granule);
    });
  }
  const absl::Status tiling = arena->heap()->CheckTiling();
  EXPECT_TRUE(tiling.ok()) << tiling;
}

}  // namespace billiard::shared_memory

#endif  // BILLIARD_TESTS_CORE_SHARED_MEMORY_OBJECT_HARNESS_H_
