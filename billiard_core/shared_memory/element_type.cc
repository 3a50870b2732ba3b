#include "billiard_core/shared_memory/element_type.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "billiard_core/base/status.h"

namespace billiard::shared_memory {
namespace {

absl::Status Malformed(absl::string_view why) {
  return MakeStatus(Code::kInvalid, "type: " + std::string(why));
}

bool IsName(absl::string_view text) {
  if (text.empty() || text.size() > ElementType::kMaxNameBytes || absl::ascii_isdigit(text[0])) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

}  // namespace

uint32_t BytesOfTypecode(char code) {
  switch (code) {
    case 'c':
    case 'b':
    case 'B':
    case '?':
      return 1;
    case 'h':
    case 'H':
      return 2;
    case 'i':
    case 'I':
    case 'u':
    case 'f':
      return 4;
    case 'l':
    case 'L':
      return sizeof(long);
    case 'q':
    case 'Q':
    case 'd':
      return 8;
    default:
      return 0;
  }
}

bool IsIntegerTypecode(char code) {
  return BytesOfTypecode(code) != 0 && code != 'f' && code != 'd';
}

absl::StatusOr<ElementType> ElementType::Parse(absl::string_view text) {
  ElementType type;
  type.text_ = std::string(text);
  if (text.size() == 1) {
    if (BytesOfTypecode(text[0]) == 0) return Malformed("unknown typecode '" + type.text_ + "'");
    type.Append("", text[0]);
    return type;
  }
  if (text.size() > kMaxTextBytes) return Malformed("is too long");
  for (bool more = true; more;) {
    const size_t end = std::min(text.find(','), text.size());
    const absl::string_view field = text.substr(0, end);
    const size_t colon = field.find(':');
    if (colon == absl::string_view::npos || colon + 2 != field.size()) {
      return Malformed("is neither a typecode nor fields like \"x:d,n:i\"");
    }
    const absl::string_view name = field.substr(0, colon);
    if (!IsName(name)) return Malformed("a field's name is not a name");
    if (BytesOfTypecode(field.back()) == 0) return Malformed("a field's typecode is unknown");
    if (type.FieldNamed(name) >= 0) return Malformed("two fields have one name");
    if (type.fields_.size() == kMaxFields) return Malformed("has too many fields");
    type.Append(name, field.back());
    more = end < text.size();
    if (more) text.remove_prefix(end + 1);
  }
  type.bytes_ = (type.bytes_ + type.alignment_ - 1) / type.alignment_ * type.alignment_;
  return type;
}

void ElementType::Append(absl::string_view name, char code) {
  const uint32_t bytes = BytesOfTypecode(code);
  const uint32_t offset = (bytes_ + bytes - 1) / bytes * bytes;
  fields_.push_back({std::string(name), code, offset, bytes});
  bytes_ = offset + bytes;
  alignment_ = std::max(alignment_, bytes);
}

int32_t ElementType::FieldNamed(absl::string_view name) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (absl::string_view(fields_[i].name) == name) return static_cast<int32_t>(i);
  }
  return -1;
}

}  // namespace billiard::shared_memory
