// A list of payloads in one: what goes in comes out, and damaged bytes never lead outside.
#include "billiard_core/pool/chunk.h"

#include <cstring>
#include <string>

#include "gtest/gtest.h"

namespace billiard::pool {
namespace {

PayloadView ViewOf(const std::string& bytes) {
  PayloadView view;
  view.data = reinterpret_cast<const std::byte*>(bytes.data());
  view.size = bytes.size();
  return view;
}

TEST(ChunkTest, ItemsComeBackAsTheyWentIn) {
  ChunkWriter writer;
  writer.Add("one", 1);
  writer.Add("", 16);
  writer.AddFailure("broken");
  writer.Add(std::string(1000, 'x'), 0);
  const std::string list = writer.Finish();
  EXPECT_EQ(list.size(), writer.size());
  ChunkView view;
  ASSERT_TRUE(view.Read(ViewOf(list)));
  ASSERT_EQ(view.count(), 4u);
  EXPECT_EQ(view.Item(0).bytes(), "one");
  EXPECT_EQ(view.Item(0).format, 1u);
  EXPECT_EQ(view.Item(1).bytes(), "");
  EXPECT_EQ(view.Item(1).format, 16u);
  EXPECT_FALSE(view.Failed(1));
  EXPECT_TRUE(view.Failed(2));
  EXPECT_EQ(view.Item(2).bytes(), "broken");
  EXPECT_EQ(view.Item(3).bytes(), std::string(1000, 'x'));
}

TEST(ChunkTest, ItemsLieAtMultiplesOfEight) {
  ChunkWriter writer;
  for (const char* item : {"a", "abcdefgh", "abc"}) writer.Add(item, 0);
  alignas(8) char place[256];
  const std::string list = writer.Finish();
  memcpy(place, list.data(), list.size());
  PayloadView payload;
  payload.data = reinterpret_cast<const std::byte*>(place);
  payload.size = list.size();
  ChunkView view;
  ASSERT_TRUE(view.Read(payload));
  for (uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(view.Item(i).data) % 8, 0u) << i;
  }
}

TEST(ChunkTest, TheSizeWithOneMoreIsTheSizeThatItThenHas) {
  ChunkWriter writer;
  for (const size_t bytes : {0, 1, 7, 8, 9, 100}) {
    const uint64_t expected = writer.SizeWith(bytes);
    writer.Add(std::string(bytes, 'b'), 0);
    EXPECT_EQ(writer.size(), expected);
  }
}

TEST(ChunkTest, AnItemThatIsTakenBackLeavesNothing) {
  ChunkWriter writer;
  writer.Add("stays", 0);
  const std::string before = writer.Finish();
  writer.Add("goes", 0);
  writer.RemoveLast();
  EXPECT_EQ(writer.Finish(), before);
}

TEST(ChunkTest, BytesThatAreNoListAreRefused) {
  ChunkView view;
  EXPECT_FALSE(view.Read(PayloadView{}));
  EXPECT_FALSE(view.Read(ViewOf("short")));
  std::string huge(64, '\xff');  // a count that no memory has
  EXPECT_FALSE(view.Read(ViewOf(huge)));
  EXPECT_EQ(view.count(), 0u);
}

TEST(ChunkTest, AnItemOutsideOfTheListHasNoData) {
  for (const uint64_t damage : {uint64_t{1} << 40, ~uint64_t{0}}) {
    ChunkWriter writer;
    writer.Add("item", 0);
    std::string list = writer.Finish();
    memcpy(&list[sizeof(uint64_t)], &damage, sizeof damage);  // its offset
    ChunkView view;
    ASSERT_TRUE(view.Read(ViewOf(list)));
    EXPECT_EQ(view.Item(0).data, nullptr);
    list = writer.Finish();
    memcpy(&list[2 * sizeof(uint64_t)], &damage, sizeof damage);  // its size
    ASSERT_TRUE(view.Read(ViewOf(list)));
    EXPECT_EQ(view.Item(0).data, nullptr);
  }
}

}  // namespace
}  // namespace billiard::pool
