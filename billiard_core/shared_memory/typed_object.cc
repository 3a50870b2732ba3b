#include "billiard_core/shared_memory/typed_object.h"

#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "billiard_core/base/status.h"

namespace billiard::shared_memory {
namespace {

constexpr uint64_t kLine = 64;
constexpr uint64_t kShortTextBytes = 32;
constexpr uint64_t kLargestBytes = uint64_t{1} << 30;

struct Header {
  uint64_t count;
  uint64_t lock_object;
  uint32_t lock;
  uint32_t text_bytes;
  uint32_t overflow;
  uint32_t reserved;
  char short_text[kShortTextBytes];
};
static_assert(sizeof(Header) == kLine);

uint64_t RoundUp(uint64_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

uint64_t OffsetOfLongText(LockSort lock) {
  return kLine + (lock == LockSort::kOwn ? TypedLayout::kLockBytes : 0);
}

absl::Status Corrupt() {
  return MakeStatus(Code::kCorrupt, "the object is damaged, or made by another version");
}

}  // namespace

absl::StatusOr<TypedLayout> TypedLayout::Plan(ElementType type, uint64_t count, Overflow overflow,
                                              LockSort lock, uint64_t lock_object) {
  const uint64_t text_bytes = type.text().size();
  uint64_t offset = OffsetOfLongText(lock);
  if (text_bytes > kShortTextBytes) offset += RoundUp(text_bytes);
  if (count > (kLargestBytes - offset) / type.bytes()) {
    return MakeStatus(Code::kTooLarge, "length: larger than 1 GiB");
  }
  const uint64_t bytes = offset + count * type.bytes();
  return TypedLayout{
      std::move(type), count, overflow, lock, lock_object, lock == LockSort::kOwn ? kLine : 0,
      offset,          bytes};
}

void TypedLayout::WriteTo(std::byte* object) const {
  const std::string& text = type.text();
  Header header = {};
  header.count = count;
  header.lock_object = lock_object;
  header.lock = static_cast<uint32_t>(lock);
  header.overflow = static_cast<uint32_t>(overflow);
  header.text_bytes = static_cast<uint32_t>(text.size());
  if (text.size() <= kShortTextBytes) {
    memcpy(header.short_text, text.data(), text.size());
  } else {
    memcpy(object + OffsetOfLongText(lock), text.data(), text.size());
  }
  memcpy(object, &header, sizeof header);
}

absl::StatusOr<TypedLayout> TypedLayout::ReadFrom(const std::byte* object, uint64_t object_bytes) {
  if (object_bytes < sizeof(Header)) return Corrupt();
  Header header;
  memcpy(&header, object, sizeof header);
  if (header.lock > static_cast<uint32_t>(LockSort::kRLock)) return Corrupt();
  if (header.overflow > static_cast<uint32_t>(Overflow::kWrap)) return Corrupt();
  const auto lock = static_cast<LockSort>(header.lock);
  const uint64_t long_text = OffsetOfLongText(lock);
  std::string text;
  if (header.text_bytes <= kShortTextBytes) {
    text.assign(header.short_text, header.text_bytes);
  } else {
    if (header.text_bytes > ElementType::kMaxTextBytes ||
        header.text_bytes + long_text > object_bytes) {
      return Corrupt();
    }
    text.assign(reinterpret_cast<const char*>(object + long_text), header.text_bytes);
  }
  absl::StatusOr<ElementType> type = ElementType::Parse(text);
  if (!type.ok()) return Corrupt();
  absl::StatusOr<TypedLayout> layout =
      Plan(*std::move(type), header.count, static_cast<Overflow>(header.overflow), lock,
           header.lock_object);
  if (!layout.ok() || layout->bytes > object_bytes) return Corrupt();
  return layout;
}

}  // namespace billiard::shared_memory
