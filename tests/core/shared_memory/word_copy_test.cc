// Copies of every length at every alignment are whole, and touch nothing beside.
#include "billiard_core/shared_memory/word_copy.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"

namespace billiard::shared_memory {
namespace {

constexpr uint64_t kMost = 800;
constexpr uint64_t kMargin = 64;

char At(uint64_t i) { return static_cast<char>(i * 7 + i / 251); }

class WordCopyTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  alignas(64) std::byte shared_[kMost + 2 * kMargin];
  char local_[kMost + 2 * kMargin];
};

TEST_P(WordCopyTest, IntoSharedMemory) {
  for (uint64_t i = 0; i < sizeof local_; ++i) local_[i] = At(i);
  for (uint64_t offset = 0; offset < kMargin; offset += GetParam()) {
    for (uint64_t bytes = 0; bytes <= kMost; bytes += GetParam()) {
      memset(shared_, 0, sizeof shared_);
      CopyToShared(shared_ + offset, local_ + 3, bytes, GetParam());
      std::vector<std::byte> expected(sizeof shared_);
      memcpy(expected.data() + offset, local_ + 3, bytes);
      ASSERT_EQ(memcmp(shared_, expected.data(), sizeof shared_), 0) << offset << " " << bytes;
    }
  }
}

TEST_P(WordCopyTest, OutOfSharedMemory) {
  for (uint64_t i = 0; i < sizeof shared_; ++i) shared_[i] = static_cast<std::byte>(At(i));
  for (uint64_t offset = 0; offset < kMargin; offset += GetParam()) {
    for (uint64_t bytes = 0; bytes <= kMost; bytes += GetParam()) {
      memset(local_, 0, sizeof local_);
      CopyFromShared(local_ + 3, shared_ + offset, bytes, GetParam());
      std::vector<char> expected(sizeof local_);
      memcpy(expected.data() + 3, shared_ + offset, bytes);
      ASSERT_EQ(memcmp(local_, expected.data(), sizeof local_), 0) << offset << " " << bytes;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Units, WordCopyTest, ::testing::Values(1u, 2u, 4u, 8u));

}  // namespace
}  // namespace billiard::shared_memory
