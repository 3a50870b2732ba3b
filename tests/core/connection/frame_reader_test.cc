#include "billiard_core/connection/frame_reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "billiard_core/base/status.h"
#include "gtest/gtest.h"

namespace billiard::connection {
namespace {

// Gives all that is wanted, and notes how much that was.
class NotingSource {
 public:
  explicit NotingSource(std::string bytes) : bytes_(std::move(bytes)) {}
  auto AsSource() {
    return [this](void* data, size_t size) { return Read(data, size); };
  }

  std::vector<size_t> wanted;
  size_t at = 0;

 private:
  ssize_t Read(void* data, size_t size) {
    wanted.push_back(size);
    const size_t given = std::min(size, bytes_.size() - at);
    memcpy(data, bytes_.data() + at, given);
    at += given;
    return static_cast<ssize_t>(given);
  }

  const std::string bytes_;
};

std::string Framed(const std::string& message) {
  unsigned char header[kFrameHeaderBytes];
  EncodeFrameLength(static_cast<uint32_t>(message.size()), header);
  return std::string(reinterpret_cast<char*>(header), sizeof header) + message;
}

TEST(FrameReaderTest, LengthsAreFourBytesBigEndian) {
  EXPECT_EQ(Framed("abc"), std::string("\0\0\0\3abc", 7));
  EXPECT_EQ(Framed(std::string(0x010203, 'x')).substr(0, 4), std::string("\0\1\2\3", 4));
}

// CONN-26
TEST(FrameReaderTest, ALargeMessageIsReadInLargePieces) {
  NotingSource source(Framed(std::string(1 << 20, 'x')));
  FrameReader reader(kDefaultMaxMessage);
  Bytes message;
  ASSERT_TRUE(reader.ReadHeader(source.AsSource()).ok());
  ASSERT_TRUE(reader.ReadBody(source.AsSource(), &message).ok());
  EXPECT_EQ(message.view(), std::string(1 << 20, 'x'));
  ASSERT_GE(source.wanted.size(), 2u);
  for (size_t i = 1; i < source.wanted.size(); ++i) EXPECT_GE(source.wanted[i], 128u * 1024);
}

TEST(FrameReaderTest, NothingBeyondTheMessageIsTaken) {
  NotingSource source(Framed("first") + Framed("second"));
  FrameReader reader(kDefaultMaxMessage);
  Bytes message;
  ASSERT_TRUE(reader.ReadHeader(source.AsSource()).ok());
  ASSERT_TRUE(reader.ReadBody(source.AsSource(), &message).ok());
  EXPECT_EQ(source.at, Framed("first").size());
  EXPECT_FALSE(reader.midway());
}

TEST(FrameReaderTest, ABadLengthStaysBad) {
  NotingSource source(std::string("\xff\xff\xff\xff") + Framed("behind it"));
  FrameReader reader(kDefaultMaxMessage);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(CodeOf(reader.ReadHeader(source.AsSource()).status()), Code::kCorrupt);
  }
  EXPECT_EQ(source.at, kFrameHeaderBytes);
}

}  // namespace
}  // namespace billiard::connection
