#include "billiard_core/connection/address.h"

#include <sys/socket.h>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"

namespace billiard::connection {
namespace {

// Family and text of an address as the system has it, or the number of the failure.
std::string Parsed(absl::string_view text, Family family = Family::kAny) {
  const absl::StatusOr<os::SocketAddress> address = ParseAddress(text, family);
  if (!address.ok()) return std::to_string(static_cast<int>(CodeOf(address.status())));
  const char* const kind = address->family() == AF_UNIX   ? "unix "
                           : address->family() == AF_INET ? "inet "
                                                          : "inet6 ";
  return kind + os::AddressText(*address);
}

const std::string kInvalidText = std::to_string(static_cast<int>(Code::kInvalid));

TEST(AddressTest, TheTextTellsTheFamily) {
  EXPECT_EQ(Parsed("/tmp/a:1"), "unix /tmp/a:1");
  EXPECT_EQ(Parsed("relative"), "unix relative");
  EXPECT_EQ(Parsed("@abstract:80"), "unix @abstract:80");
  EXPECT_EQ(Parsed("127.0.0.1:80"), "inet 127.0.0.1:80");
  EXPECT_EQ(Parsed("[::1]:80"), "inet6 [::1]:80");
}

TEST(AddressTest, AGivenFamilyDecides) {
  EXPECT_EQ(Parsed("127.0.0.1:80", Family::kUnix), "unix 127.0.0.1:80");
  EXPECT_EQ(Parsed("::1:80", Family::kInet6), "inet6 [::1]:80");
  EXPECT_EQ(Parsed("/tmp/a", Family::kInet), kInvalidText);
}

TEST(AddressTest, WhatIsNoAddressIsRefusedBeforeAnySocket) {
  EXPECT_EQ(Parsed(""), kInvalidText);
  EXPECT_EQ(Parsed("@"), kInvalidText);
  EXPECT_EQ(Parsed("\\\\.\\pipe\\name"), kInvalidText);
  EXPECT_EQ(Parsed("127.0.0.1:65536", Family::kInet), kInvalidText);
  EXPECT_EQ(Parsed("127.0.0.1:", Family::kInet), kInvalidText);
  EXPECT_EQ(Parsed("127.0.0.1", Family::kInet), kInvalidText);
  EXPECT_EQ(Parsed(absl::string_view("/a\0b", 4)), kInvalidText);
  EXPECT_EQ(Parsed("x", static_cast<Family>(4)), kInvalidText);
  EXPECT_EQ(ParseAddress("x", static_cast<Family>(4)).status().message(), "unrecognized family");
}

// CONN-48
TEST(AddressTest, APathHasAtMost107Bytes) {
  EXPECT_EQ(Parsed("/" + std::string(106, 'a')), "unix /" + std::string(106, 'a'));
  EXPECT_EQ(Parsed("/" + std::string(107, 'a')), kInvalidText);
}

TEST(AddressTest, ArbitraryOnesAreFresh) {
  const auto one = ArbitraryAddress(Family::kAny), other = ArbitraryAddress(Family::kAny);
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_NE(os::AddressText(*one), os::AddressText(*other));
  EXPECT_EQ(os::AddressText(*one).front(), '@');
  const auto inet = ArbitraryAddress(Family::kInet);
  ASSERT_TRUE(inet.ok()) << inet.status();
  EXPECT_EQ(os::AddressText(*inet), "127.0.0.1:0");
}

}  // namespace
}  // namespace billiard::connection
