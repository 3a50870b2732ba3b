// A message on the wire: four bytes with its length, signed and big-endian, and then its bytes (CONN-20).
#ifndef BILLIARD_CORE_CONNECTION_FRAME_H_
#define BILLIARD_CORE_CONNECTION_FRAME_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"

namespace billiard::connection {

inline constexpr size_t kFrameHeaderBytes = 4;
inline constexpr uint32_t kLongestFrame = INT32_MAX;
inline constexpr uint32_t kDefaultMaxMessage = 256u << 20;

// `length` is at most kLongestFrame.
void EncodeFrameLength(uint32_t length, unsigned char (&header)[kFrameHeaderBytes]);

// The length that a peer sent: kCorrupt when it is negative, kTooLarge above `max`.
absl::StatusOr<uint32_t> DecodeFrameLength(const unsigned char (&header)[kFrameHeaderBytes],
                                           uint32_t max);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_FRAME_H_
