// Elements of shared values and arrays: every access checked, stores whole, integers atomic.
#include "billiard_core/shared_memory/elements.h"

#include <atomic>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

constexpr std::byte kCanary{0xa5};
constexpr int64_t kInt64Min = std::numeric_limits<int64_t>::min();
constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();

// `count` zeroed elements between two lines of canaries, which must survive everything.
class Memory {
 public:
  Memory(const std::string& text, uint64_t count)
      : type_(*ElementType::Parse(text)), count_(count) {
    bytes_.resize(64 + count * type_.bytes() + 64, kCanary);
    memset(data(), 0, count * type_.bytes());
  }
  ~Memory() {
    for (int i = 0; i < 64; ++i) {
      EXPECT_EQ(bytes_[i], kCanary) << "before the elements";
      EXPECT_EQ(bytes_[bytes_.size() - 1 - i], kCanary) << "behind the elements";
    }
  }

  Elements elements(Overflow overflow = Overflow::kRefuse) {
    return Elements(&type_, data(), count_, overflow);
  }
  std::byte* data() { return bytes_.data() + 64; }

 private:
  const ElementType type_;
  const uint64_t count_;
  std::vector<std::byte> bytes_;
};

void ExpectRefused(const absl::Status& status, const std::string& argument) {
  EXPECT_EQ(CodeOf(status), Code::kInvalid);
  EXPECT_EQ(std::string(status.message()).find(argument), 0u) << status;
}

struct Limits {
  const char* type;
  int64_t least;
  int64_t most;
};
constexpr Limits kLimits[] = {{"c", 0, 255},
                              {"u", 0, 4294967295},
                              {"b", -128, 127},
                              {"B", 0, 255},
                              {"h", -32768, 32767},
                              {"H", 0, 65535},
                              {"i", -2147483648, 2147483647},
                              {"I", 0, 4294967295},
                              {"?", 0, 1}};

// SHM-22
TEST(ElementsTest, IntegersUpToTheLimitsOfTheirTypeAndNoFurther) {
  for (const Limits& limits : kLimits) {
    SCOPED_TRACE(limits.type);
    Memory memory(limits.type, 1);
    Elements elements = memory.elements();
    for (int64_t number : {limits.least, limits.most}) {
      EXPECT_TRUE(elements.SetInt(0, 0, number).ok());
      EXPECT_EQ(*elements.GetInt(0, 0), number);
      EXPECT_EQ(*elements.GetDouble(0, 0), static_cast<double>(number));
    }
    ExpectRefused(elements.SetInt(0, 0, limits.least - 1), "number");
    ExpectRefused(elements.SetInt(0, 0, limits.most + 1), "number");
    ExpectRefused(elements.SetUint(0, 0, UINT64_MAX), "number");
    EXPECT_EQ(*elements.GetInt(0, 0), limits.most) << "refused stores changed it";
  }
}

// SHM-22
TEST(ElementsTest, WrappingGoesAroundAtTwoToTheN) {
  for (const Limits& limits : kLimits) {
    SCOPED_TRACE(limits.type);
    Memory memory(limits.type, 1);
    Elements elements = memory.elements(Overflow::kWrap);
    EXPECT_TRUE(elements.SetInt(0, 0, limits.most + 1).ok());
    EXPECT_EQ(*elements.GetInt(0, 0), limits.least);
    EXPECT_TRUE(elements.SetInt(0, 0, limits.least - 1).ok());
    EXPECT_EQ(*elements.GetInt(0, 0), limits.most);
    EXPECT_EQ(*elements.FetchAdd(0, 0, 1), limits.most);
    EXPECT_EQ(*elements.GetInt(0, 0), limits.least);
    EXPECT_EQ(*elements.FetchAdd(0, 0, -1), limits.least);
    EXPECT_EQ(*elements.GetInt(0, 0), limits.most);
  }
}

TEST(ElementsTest, IntegersOf64Bits) {
  for (const char* text : {"l", "q"}) {
    Memory memory(text, 1);
    Elements elements = memory.elements();
    EXPECT_TRUE(elements.SetInt(0, 0, kInt64Min).ok());
    EXPECT_EQ(*elements.GetInt(0, 0), kInt64Min);
    ExpectRefused(elements.GetUint(0, 0).status(), "out");
    ExpectRefused(elements.SetUint(0, 0, uint64_t{1} << 63), "number");
    ExpectRefused(elements.FetchAdd(0, 0, -1).status(), "number");
    Elements wrapping = memory.elements(Overflow::kWrap);
    EXPECT_EQ(*wrapping.FetchAdd(0, 0, -1), kInt64Min);
    EXPECT_EQ(*elements.GetInt(0, 0), kInt64Max);
  }
  for (const char* text : {"L", "Q"}) {
    Memory memory(text, 1);
    Elements elements = memory.elements();
    EXPECT_TRUE(elements.SetUint(0, 0, UINT64_MAX).ok());
    EXPECT_EQ(*elements.GetUint(0, 0), UINT64_MAX);
    ExpectRefused(elements.GetInt(0, 0).status(), "out");
    ExpectRefused(elements.SetInt(0, 0, -1), "number");
    ExpectRefused(elements.FetchAdd(0, 0, 1).status(), "number");
    EXPECT_EQ(*elements.FetchAdd(0, 0, -5), -1) << "the int64_t of the same bits";
    EXPECT_EQ(*elements.Exchange(0, 0, -1), -6);
    EXPECT_EQ(*elements.CompareExchange(0, 0, -1, 7), -1);
    EXPECT_EQ(*elements.GetUint(0, 0), 7u);
  }
}

// SHM-22
TEST(ElementsTest, KindsOfNumbersDoNotMix) {
  Memory integer("i", 1);
  ExpectRefused(integer.elements().SetDouble(0, 0, 1.0), "number");
  for (const char* text : {"f", "d"}) {
    Memory memory(text, 1);
    Elements elements = memory.elements();
    EXPECT_TRUE(elements.SetDouble(0, 0, -0.25).ok());
    EXPECT_EQ(*elements.GetDouble(0, 0), -0.25);
    ExpectRefused(elements.GetInt(0, 0).status(), "out");
    ExpectRefused(elements.GetUint(0, 0).status(), "out");
    ExpectRefused(elements.FetchAdd(0, 0, 1).status(), "field");
    ExpectRefused(elements.Exchange(0, 0, 1).status(), "field");
    ExpectRefused(elements.CompareExchange(0, 0, 0, 1).status(), "field");
    EXPECT_TRUE(elements.SetInt(0, 0, -3).ok());
    EXPECT_EQ(*elements.GetDouble(0, 0), -3.0);
    EXPECT_TRUE(elements.SetUint(0, 0, 8).ok());
    EXPECT_EQ(*elements.GetDouble(0, 0), 8.0);
  }
}

// SHM-23, G-SHM-7
TEST(ElementsTest, IndexesOutsideTouchNothing) {
  Memory memory("h", 5);
  Elements elements = memory.elements();
  for (int64_t index = 0; index < 5; ++index) EXPECT_TRUE(elements.SetInt(index, 0, index).ok());
  for (int64_t index = -5; index < 0; ++index) EXPECT_EQ(*elements.GetInt(index, 0), index + 5);
  for (int64_t index : {int64_t{5}, int64_t{-6}, kInt64Max, kInt64Min}) {
    SCOPED_TRACE(index);
    ExpectRefused(elements.GetInt(index, 0).status(), "index");
    ExpectRefused(elements.SetInt(index, 0, 9), "index");
    ExpectRefused(elements.SetDouble(index, 0, 9), "index");
    ExpectRefused(elements.FetchAdd(index, 0, 9).status(), "index");
    ExpectRefused(elements.Wait(index, 0, 9, Deadline::Now(), nullptr), "index");
    ExpectRefused(elements.Wake(index, 0, 1), "index");
  }
  ExpectRefused(elements.GetInt(0, 1).status(), "field");
  ExpectRefused(elements.SetInt(0, UINT32_MAX, 1), "field");
}

TEST(ElementsTest, NoElementsAtAll) {
  Memory memory("i", 0);
  Elements elements = memory.elements();
  char none = 'x';
  ExpectRefused(elements.GetInt(0, 0).status(), "index");
  ExpectRefused(elements.GetInt(-1, 0).status(), "index");
  EXPECT_TRUE(elements.Read(0, 0, &none, 0).ok());
  EXPECT_TRUE(elements.Write(0, "").ok());
  EXPECT_EQ(elements.bytes(), 0u);
}

TEST(ElementsTest, FieldsOfAStructure) {
  Memory memory("x:d,n:i,flag:?", 3);
  Elements elements = memory.elements();
  EXPECT_TRUE(elements.SetDouble(1, 0, 2.5).ok());
  EXPECT_TRUE(elements.SetInt(1, 1, -7).ok());
  EXPECT_TRUE(elements.SetInt(1, 2, 1).ok());
  EXPECT_EQ(*elements.GetDouble(1, 0), 2.5);
  EXPECT_EQ(*elements.FetchAdd(1, 1, 3), -7);
  EXPECT_EQ(*elements.GetInt(1, 1), -4);
  EXPECT_EQ(*elements.GetInt(1, 2), 1);
  EXPECT_EQ(*elements.GetDouble(0, 0), 0.0) << "its neighbours are untouched";
  EXPECT_EQ(*elements.GetInt(2, 1), 0);
}

// SHM-23
TEST(ElementsTest, RangesAreCopiedWhole) {
  for (const char* text : {"b", "h", "i", "q", "d", "a:b,b:b,c:b", "x:d,n:i"}) {
    SCOPED_TRACE(text);
    constexpr int64_t kCount = 37;
    Memory memory(text, kCount);
    Elements elements = memory.elements();
    const uint64_t each = elements.bytes() / kCount;
    std::string all(elements.bytes(), '\0');
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i * 7 + 1);
    ASSERT_TRUE(elements.Write(0, all).ok());
    EXPECT_EQ(memcmp(memory.data(), all.data(), all.size()), 0);
    for (int64_t start = 0; start <= kCount; ++start) {
      for (int64_t count = 0; start + count <= kCount; ++count) {
        std::string read(count * each, 'x');
        ASSERT_TRUE(elements.Read(start, count, read.data(), read.size()).ok());
        ASSERT_EQ(read, all.substr(start * each, count * each));
        ASSERT_TRUE(elements.Write(start, all.substr(0, count * each)).ok());
        ASSERT_EQ(memcmp(memory.data() + start * each, all.data(), count * each), 0);
        ASSERT_TRUE(elements.Write(0, all).ok());
      }
    }
  }
}

// G-SHM-7
TEST(ElementsTest, RangesOutsideTouchNothing) {
  Memory memory("i", 4);
  Elements elements = memory.elements();
  char buffer[64] = {};
  ExpectRefused(elements.Read(5, 0, buffer, 0), "start");
  ExpectRefused(elements.Read(-5, 0, buffer, 0), "start");
  ExpectRefused(elements.Read(0, 5, buffer, 20), "count");
  ExpectRefused(elements.Read(-1, 2, buffer, 8), "count");
  ExpectRefused(elements.Read(0, -1, buffer, 0), "count");
  ExpectRefused(elements.Read(0, kInt64Max, buffer, 8), "count");
  ExpectRefused(elements.Read(0, 2, buffer, 7), "size");
  ExpectRefused(elements.Write(3, absl::string_view(buffer, 8)), "size");
  ExpectRefused(elements.Write(0, absl::string_view(buffer, 6)), "size");
  ExpectRefused(elements.Fill(2, 3, absl::string_view(buffer, 4)), "count");
  ExpectRefused(elements.Fill(0, 1, absl::string_view(buffer, 8)), "size");
  EXPECT_EQ(*elements.BytesOfRange(-3, 3), 12u);
  ExpectRefused(elements.BytesOfRange(1, 4).status(), "count");
}

TEST(ElementsTest, FillSetsTheElementsOfItsRangeAlone) {
  constexpr int64_t kCount = 3000;
  Memory memory("a:i,b:h", kCount);
  Elements elements = memory.elements();
  const char element[8] = {1, 0, 0, 0, 2, 0, 0, 0};
  ASSERT_TRUE(elements.Fill(1, kCount - 2, absl::string_view(element, 8)).ok());
  for (int64_t i = 1; i < kCount - 1; ++i) {
    ASSERT_EQ(*elements.GetInt(i, 0), 1) << i;
    ASSERT_EQ(*elements.GetInt(i, 1), 2) << i;
  }
  EXPECT_EQ(*elements.GetInt(0, 0), 0);
  EXPECT_EQ(*elements.GetInt(-1, 0), 0);
  EXPECT_TRUE(elements.Fill(0, 0, absl::string_view(element, 8)).ok());
}

TEST(ElementsTest, CompareExchangeStoresOnlyWhereItFindsWhatItExpects) {
  for (const Limits& limits : kLimits) {
    SCOPED_TRACE(limits.type);
    Memory memory(limits.type, 2);
    Elements elements = memory.elements();
    EXPECT_EQ(*elements.CompareExchange(1, 0, 1, 0), 0);
    EXPECT_EQ(*elements.CompareExchange(1, 0, 0, 1), 0);
    EXPECT_EQ(*elements.GetInt(1, 0), 1);
    EXPECT_EQ(*elements.Exchange(1, 0, limits.most), 1);
    EXPECT_EQ(*elements.GetInt(1, 0), limits.most);
    ExpectRefused(elements.CompareExchange(1, 0, limits.most + 1, 0).status(), "expected");
    ExpectRefused(elements.CompareExchange(1, 0, 0, limits.most + 1).status(), "number");
    ExpectRefused(elements.Exchange(1, 0, limits.least - 1).status(), "number");
    EXPECT_EQ(*elements.GetInt(0, 0), 0);
  }
}

// G-SHM-4
TEST(ElementsTest, EveryIncrementOfEveryWidthCounts) {
  const testing::Watchdog watchdog(60);
  constexpr int kThreads = 4;
  constexpr int kEach = 50'000;
  for (const char* text : {"B", "H", "I", "Q"}) {
    SCOPED_TRACE(text);
    Memory memory(text, 3);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        Elements elements = memory.elements(Overflow::kWrap);
        for (int i = 0; i < kEach; ++i) ASSERT_TRUE(elements.FetchAdd(1, 0, 1).ok());
      });
    }
    for (std::thread& thread : threads) thread.join();
    const uint64_t bits = text[0] == 'B' ? 0xff : text[0] == 'H' ? 0xffff : UINT64_MAX;
    EXPECT_EQ(*memory.elements().GetUint(1, 0), uint64_t{kThreads} * kEach & bits);
    EXPECT_EQ(*memory.elements().GetUint(0, 0), 0u);
    EXPECT_EQ(*memory.elements().GetUint(2, 0), 0u);
  }
}

// SHM-27: in a double and in a 64-bit integer, single or in a range.
TEST(ElementsTest, StoresAreNeverSeenHalfDone) {
  const testing::Watchdog watchdog(60);
  constexpr uint64_t kOne = 0x1111111111111111;
  constexpr uint64_t kTwo = 0xeeeeeeeeeeeeeeee;
  constexpr int64_t kCount = 9;  // copied in blocks, with and without an element before and behind
  Memory memory("Q", kCount);
  std::atomic<bool> done{false};
  ASSERT_TRUE(memory.elements()
                  .Fill(0, kCount, absl::string_view("\x11\x11\x11\x11\x11\x11\x11\x11"))
                  .ok());
  std::thread writer([&] {
    Elements elements = memory.elements();
    const std::string ones(kCount * 8, '\x11');
    const std::string twos(ones.size() - 8, '\xee');
    while (!done.load()) {
      ASSERT_TRUE(elements.SetUint(1, 0, kTwo).ok());
      ASSERT_TRUE(elements.Write(0, ones).ok());
      ASSERT_TRUE(elements.Write(1, twos).ok());
      ASSERT_TRUE(elements.SetUint(2, 0, kOne).ok());
    }
  });
  Elements elements = memory.elements();
  for (int i = 0; i < 100'000; ++i) {
    uint64_t all[kCount - 1];
    ASSERT_TRUE(elements.Read(i % 2, kCount - 1, all, sizeof all).ok());
    for (uint64_t each : all) ASSERT_TRUE(each == kOne || each == kTwo) << each;
    const uint64_t single = *elements.GetUint(i % kCount, 0);
    ASSERT_TRUE(single == kOne || single == kTwo) << single;
  }
  done.store(true);
  writer.join();
}

// G-SHM-4
TEST(ElementsTest, WaitEndsWhenTheValueIsAnother) {
  const testing::Watchdog watchdog(60);
  Memory memory("i", 2);
  Elements elements = memory.elements();
  ASSERT_TRUE(elements.SetInt(1, 0, -5).ok());
  EXPECT_TRUE(elements.Wait(1, 0, 0, Deadline::Now(), nullptr).ok());
  EXPECT_EQ(CodeOf(elements.Wait(1, 0, -5, Deadline::Now(), nullptr)), Code::kTimeout);
  std::thread waiter(
      [&] { EXPECT_TRUE(elements.Wait(1, 0, -5, Deadline::Forever(), nullptr).ok()); });
  ASSERT_TRUE(elements.SetInt(1, 0, -6).ok());
  ASSERT_TRUE(elements.Wake(1, 0, -1).ok());
  waiter.join();
}

// The waker died between its store and its wake.
TEST(ElementsTest, AChangeWithoutAWakeIsFoundToo) {
  const testing::Watchdog watchdog(60);
  Memory memory("I", 1);
  Elements elements = memory.elements();
  std::thread waiter(
      [&] { EXPECT_TRUE(elements.Wait(0, 0, 0, Deadline::Forever(), nullptr).ok()); });
  ASSERT_TRUE(elements.SetInt(0, 0, 1).ok());
  waiter.join();
}

TEST(ElementsTest, WaitsAreInterruptedAndOnlyForWords) {
  const testing::Watchdog watchdog(60);
  Memory memory("i", 1);
  os::Interrupt interrupt;
  interrupt.Raise();
  EXPECT_EQ(CodeOf(memory.elements().Wait(0, 0, 0, Deadline::Forever(), &interrupt)),
            Code::kInterrupted);
  ExpectRefused(memory.elements().Wait(0, 0, int64_t{1} << 31, Deadline::Now(), nullptr),
                "expected");
  ExpectRefused(memory.elements().Wake(0, 0, -2), "count");
  for (const char* text : {"b", "h", "q", "f", "d", "?"}) {
    Memory other(text, 1);
    ExpectRefused(other.elements().Wait(0, 0, 0, Deadline::Now(), nullptr), "field");
    ExpectRefused(other.elements().Wake(0, 0, 1), "field");
  }
}

}  // namespace
}  // namespace billiard::shared_memory
