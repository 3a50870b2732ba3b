#include "billiard_core/pool/failure.h"

#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace billiard::pool {
namespace {

constexpr size_t kLongestText = 64 * 1024;
constexpr absl::string_view kCutMark = "\n[rest cut]";

// The format: for each text its length as 4 bytes of this machine, then its bytes.
void AppendText(const std::string& text, std::string* bytes) {
  const std::string kept =
      text.size() <= kLongestText ? text : absl::StrCat(text.substr(0, kLongestText), kCutMark);
  const uint32_t size = static_cast<uint32_t>(kept.size());
  bytes->append(reinterpret_cast<const char*>(&size), sizeof size);
  bytes->append(kept);
}

std::string TakeText(absl::string_view* bytes) {
  uint32_t size;
  if (bytes->size() < sizeof size) return "";
  memcpy(&size, bytes->data(), sizeof size);
  bytes->remove_prefix(sizeof size);
  const std::string text(bytes->substr(0, size));
  bytes->remove_prefix(text.size());
  return text;
}

}  // namespace

std::string EncodeFailure(const Failure& failure) {
  std::string bytes;
  AppendText(failure.class_name, &bytes);
  AppendText(failure.message, &bytes);
  AppendText(failure.backtrace, &bytes);
  return bytes;
}

std::string EncodeShortFailure(const Failure& failure, size_t limit) {
  const size_t room = limit - 3 * sizeof(uint32_t);
  Failure cut;
  cut.class_name = failure.class_name.substr(0, room / 3);
  cut.message = failure.message.substr(0, room - cut.class_name.size());
  return EncodeFailure(cut);
}

Failure DecodeFailure(absl::string_view bytes) {
  Failure failure;
  failure.class_name = TakeText(&bytes);
  failure.message = TakeText(&bytes);
  failure.backtrace = TakeText(&bytes);
  return failure;
}

}  // namespace billiard::pool
