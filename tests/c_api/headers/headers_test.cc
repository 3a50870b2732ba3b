// The headers compiled; the macros that they define have their values in C too.
#include "billiard/bp.h"
#include "gtest/gtest.h"

extern "C" int bp_test_every_macro(void);

namespace billiard {
namespace {

#define COUNT_ONE(name, number, text) +1
constexpr int kStatuses = 0 BP_STATUS_LIST(COUNT_ONE);
#undef COUNT_ONE

TEST(HeadersTest, EveryMacroHasItsValueInC) {
  const int version = BP_VERSION_MAJOR * 10000 + BP_VERSION_MINOR * 100 + BP_VERSION_PATCH;
  EXPECT_EQ(bp_test_every_macro(), kStatuses + version + static_cast<int>(sizeof BP_VERSION) + 4);
}

}  // namespace
}  // namespace billiard
