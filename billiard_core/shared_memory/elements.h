// Access to the elements of a shared value or array, checked against every index (G-SHM-7), and whole:
// a field is never seen half written (SHM-27), and atomic where it is an integer (G-SHM-4).
//
// Threads, processes: any number at the same elements. Fork: works in children. The type and the
// memory must outlive it. Failures are kInvalid that begin with the name of the argument.
//
//   Elements elements(&type, data, count, Overflow::kRefuse);
//   absl::StatusOr<int64_t> before = elements.FetchAdd(-1, 0, 5);   // the last element
#ifndef BILLIARD_CORE_SHARED_MEMORY_ELEMENTS_H_
#define BILLIARD_CORE_SHARED_MEMORY_ELEMENTS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/interrupt.h"
#include "billiard_core/shared_memory/element_type.h"

namespace billiard::shared_memory {

class Elements {
 public:
  // `data`: `count` elements, at a multiple of 8.
  Elements(const ElementType* type, std::byte* data, uint64_t count, Overflow overflow)
      : type_(type), data_(data), count_(count), overflow_(overflow) {}

  uint64_t count() const { return count_; }
  uint64_t bytes() const { return count_ * type_->bytes(); }

  // An index below 0 counts from the end (SHM-23). Integers are read as doubles too, doubles as nothing
  // else; what does not fit the result is refused.
  absl::StatusOr<int64_t> GetInt(int64_t index, uint32_t field) const;
  absl::StatusOr<uint64_t> GetUint(int64_t index, uint32_t field) const;
  absl::StatusOr<double> GetDouble(int64_t index, uint32_t field) const;

  absl::Status SetInt(int64_t index, uint32_t field, int64_t number);
  absl::Status SetUint(int64_t index, uint32_t field, uint64_t number);
  absl::Status SetDouble(int64_t index, uint32_t field, double number);

  // Sequentially consistent; they return what was there before. Numbers of unsigned 64-bit fields are
  // the int64_t of the same bits; what is added is signed. Out of range: nothing is changed.
  absl::StatusOr<int64_t> FetchAdd(int64_t index, uint32_t field, int64_t number);
  absl::StatusOr<int64_t> Exchange(int64_t index, uint32_t field, int64_t number);
  absl::StatusOr<int64_t> CompareExchange(int64_t index, uint32_t field, int64_t expected,
                                          int64_t number);

  // Sleeps while an integer field of 4 bytes is `expected`. Looks again every 100 ms, since who changed
  // it may have died before the wake. kTimeout, kInterrupted.
  absl::Status Wait(int64_t index, uint32_t field, int64_t expected, Deadline deadline,
                    os::Interrupt* interrupt) const;
  // Wakes up to `count` of them, -1: all.
  absl::Status Wake(int64_t index, uint32_t field, int32_t count);

  // Copies of whole elements, field by field whole. `bytes` must be that of `count` elements.
  absl::Status Read(int64_t start, int64_t count, void* out, uint64_t bytes) const;
  absl::Status Write(int64_t start, absl::string_view elements);
  // Sets `count` elements to `element`.
  absl::Status Fill(int64_t start, int64_t count, absl::string_view element);

  // Takes over the contents of as many elements of the same type.
  absl::Status CopyFrom(const Elements& other);

  // The bytes that `count` elements from `start` have, when there are as many.
  absl::StatusOr<uint64_t> BytesOfRange(int64_t start, int64_t count) const;

 private:
  struct Place {
    std::byte* address = nullptr;
    char code = 0;
  };

  absl::Status At(int64_t index, uint32_t field, Place* place) const;
  absl::Status IntegerAt(int64_t index, uint32_t field, Place* place) const;
  absl::Status WordAt(int64_t index, uint32_t field, Place* place) const;
  // `too_many`: says what is wrong when fewer elements come after `start`.
  absl::StatusOr<uint64_t> OffsetOfRange(int64_t start, int64_t count,
                                         const char* too_many = "count: out of range") const;

  const ElementType* type_;
  std::byte* data_;
  uint64_t count_;
  Overflow overflow_;
};

}  // namespace billiard::shared_memory

#endif  // BILLIARD_CORE_SHARED_MEMORY_ELEMENTS_H_
