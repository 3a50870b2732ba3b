// Type texts: which there are, how large they make an element, and what is refused.
#include "billiard_core/shared_memory/element_type.h"

#include <cstddef>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"

namespace billiard::shared_memory {
namespace {

uint32_t BytesOf(const std::string& text) {
  const absl::StatusOr<ElementType> type = ElementType::Parse(text);
  EXPECT_TRUE(type.ok()) << text << ": " << type.status();
  return type.ok() ? type->bytes() : 0;
}

Code RefusalOf(const std::string& text) { return CodeOf(ElementType::Parse(text).status()); }

// SHM-1 to SHM-8
TEST(ElementTypeTest, EveryTypecodeHasTheSizeOfItsCType) {
  const std::vector<std::pair<std::string, size_t>> sizes = {{"c", sizeof(char)},
                                                             {"u", sizeof(wchar_t)},
                                                             {"b", sizeof(signed char)},
                                                             {"B", sizeof(char)},
                                                             {"h", sizeof(short)},
                                                             {"H", sizeof(short)},
                                                             {"i", sizeof(int)},
                                                             {"I", sizeof(int)},
                                                             {"l", sizeof(long)},
                                                             {"L", sizeof(long)},
                                                             {"q", 8},
                                                             {"Q", 8},
                                                             {"f", sizeof(float)},
                                                             {"d", sizeof(double)},
                                                             {"?", sizeof(bool)}};
  for (const auto& [text, bytes] : sizes) EXPECT_EQ(BytesOf(text), bytes) << text;
}

TEST(ElementTypeTest, NoOtherCharacterIsATypecode) {
  const std::string known = "cubBhHiIlLqQfd?";
  for (int c = 0; c < 256; ++c) {
    const std::string text(1, static_cast<char>(c));
    if (known.find(text) == std::string::npos) {
      EXPECT_EQ(RefusalOf(text), Code::kInvalid) << c;
    }
  }
}

// SHM-9
TEST(ElementTypeTest, AStructureLiesAsCWouldLayItOut) {
  struct Expected {
    char a;
    double x;
    short n;
    int m;
    bool last;
  };
  const absl::StatusOr<ElementType> type = ElementType::Parse("a:c,x:d,n:h,m:i,last:?");
  ASSERT_TRUE(type.ok()) << type.status();
  ASSERT_EQ(type->fields().size(), 5u);
  EXPECT_EQ(type->fields()[0].offset, offsetof(Expected, a));
  EXPECT_EQ(type->fields()[1].offset, offsetof(Expected, x));
  EXPECT_EQ(type->fields()[2].offset, offsetof(Expected, n));
  EXPECT_EQ(type->fields()[3].offset, offsetof(Expected, m));
  EXPECT_EQ(type->fields()[4].offset, offsetof(Expected, last));
  EXPECT_EQ(type->bytes(), sizeof(Expected));
  EXPECT_EQ(type->alignment(), alignof(Expected));
  EXPECT_TRUE(type->is_structure());
  EXPECT_EQ(type->FieldNamed("m"), 3);
  EXPECT_EQ(type->FieldNamed("z"), -1);
}

TEST(ElementTypeTest, AScalarIsItsOwnOnlyField) {
  const absl::StatusOr<ElementType> type = ElementType::Parse("d");
  ASSERT_TRUE(type.ok());
  EXPECT_FALSE(type->is_structure());
  ASSERT_EQ(type->fields().size(), 1u);
  EXPECT_EQ(type->fields()[0].name, "");
  EXPECT_EQ(type->fields()[0].code, 'd');
}

TEST(ElementTypeTest, TextsThatAreNoTypeAreRefused) {
  for (const char* text : {"", "ii", "x:", ":d", "x:d,", ",x:d", "x:d,,n:i", "x:z", "x:dd", "x d",
                           "x:d,x:i", "1x:d", "x-y:d", "x:d n:i", "\xc3\xa9:d"}) {
    EXPECT_EQ(RefusalOf(text), Code::kInvalid) << text;
  }
  EXPECT_EQ(RefusalOf(std::string("x\0:d", 4)), Code::kInvalid);
  EXPECT_EQ(RefusalOf(std::string(ElementType::kMaxNameBytes + 1, 'x') + ":d"), Code::kInvalid);
  EXPECT_EQ(RefusalOf(std::string(1 << 20, 'x')), Code::kInvalid);
}

std::string Fields(uint32_t count) {
  std::string text;
  for (uint32_t i = 0; i < count; ++i) {
    const std::string name = "f" + std::to_string(i);
    text += (i > 0 ? "," : "") + name + ":d";
  }
  return text;
}

TEST(ElementTypeTest, FieldsUpToTheLimit) {
  EXPECT_EQ(BytesOf(Fields(ElementType::kMaxFields)), ElementType::kMaxFields * 8);
  EXPECT_EQ(RefusalOf(Fields(ElementType::kMaxFields + 1)), Code::kInvalid);
}

}  // namespace
}  // namespace billiard::shared_memory
