// What one element of a shared value or array is: a scalar of C, or a structure of named scalars
// (SHM-1 to SHM-9). A value type; threads and forks do not matter.
//
//   text     = typecode | field *("," field)          "i", "x:d,n:i"
//   field    = name ":" typecode
//   typecode = c u b B h H i I l L q Q f d ?
//
// I1: a field's offset is a multiple of its size, and the element's size one of its alignment. So in an
//     array that starts at a multiple of 8, no field crosses the border of an aligned word of 8 bytes.
#ifndef BILLIARD_CORE_SHARED_MEMORY_ELEMENT_TYPE_H_
#define BILLIARD_CORE_SHARED_MEMORY_ELEMENT_TYPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace billiard::shared_memory {

class ElementType {
 public:
  static constexpr uint32_t kMaxFields = 64;
  static constexpr uint32_t kMaxNameBytes = 64;
  static constexpr uint32_t kMaxTextBytes = kMaxFields * (kMaxNameBytes + 3);

  struct Field {
    std::string name;  // "" in a scalar
    char code;
    uint32_t offset;
    uint32_t bytes;
  };

  // kInvalid for an unknown typecode or a text that is not as above.
  static absl::StatusOr<ElementType> Parse(absl::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<Field>& fields() const { return fields_; }
  uint32_t bytes() const { return bytes_; }
  uint32_t alignment() const { return alignment_; }
  bool is_structure() const { return !fields_.front().name.empty(); }

  // The number of the field with that name, or -1.
  int32_t FieldNamed(absl::string_view name) const;

 private:
  ElementType() = default;
  void Append(absl::string_view name, char code);

  std::string text_;
  std::vector<Field> fields_;  // at least one
  uint32_t bytes_ = 0;
  uint32_t alignment_ = 1;
};

// What becomes of an integer that a field can not hold (SHM-22).
enum class Overflow : uint32_t { kRefuse = 0, kWrap = 1 };

// Bytes of a scalar; 0 for a character that is no typecode.
uint32_t BytesOfTypecode(char code);

// Whether its numbers are integers ("c", "u" and "?" are).
bool IsIntegerTypecode(char code);

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_ELEMENT_TYPE_H_
