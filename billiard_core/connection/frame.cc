#include "billiard_core/connection/frame.h"

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"

namespace billiard::connection {

void EncodeFrameLength(uint32_t length, unsigned char (&header)[kFrameHeaderBytes]) {
  for (size_t i = 0; i < kFrameHeaderBytes; ++i) {
    header[i] = static_cast<unsigned char>(length >> (8 * (kFrameHeaderBytes - 1 - i)));
  }
}

absl::StatusOr<uint32_t> DecodeFrameLength(const unsigned char (&header)[kFrameHeaderBytes],
                                           uint32_t max) {
  uint32_t length = 0;
  for (const unsigned char byte : header) length = length << 8 | byte;
  if (length > kLongestFrame) {
    return MakeStatus(Code::kCorrupt,
                      absl::StrCat("bad message length ", static_cast<int32_t>(length)));
  }
  if (length > max) {
    return MakeStatus(Code::kTooLarge,
                      absl::StrCat("bad message length ", length, ", above ", max));
  }
  return length;
}

}  // namespace billiard::connection
