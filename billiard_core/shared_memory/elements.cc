#include "billiard_core/shared_memory/elements.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/shared_memory/word_copy.h"

namespace billiard::shared_memory {
namespace {

__extension__ using Wide = __int128;  // holds every number of every integer type

constexpr int64_t kLookAgainNanos = 100 * kNanosPerMilli;

// What fails is kept out of the way of what does not, in which every nanosecond shows.
[[gnu::cold, gnu::noinline]] absl::Status Invalid(const char* what) {
  return MakeStatus(Code::kInvalid, what);
}

// The integers that a typecode can hold, and the type that it is stored as.
template <typename Stored>
struct Integer {
  using Type = Stored;
  Wide least = std::numeric_limits<Stored>::min();
  Wide most = std::numeric_limits<Stored>::max();
};

// Calls use(Integer<T>) for the typecode of an integer. '?' is a byte that holds 0 or 1.
template <typename Use>
auto WithInteger(char code, const Use& use) {
  switch (code) {
    case 'b':
      return use(Integer<int8_t>());
    case 'h':
      return use(Integer<int16_t>());
    case 'H':
      return use(Integer<uint16_t>());
    case 'i':
      return use(Integer<int32_t>());
    case 'I':
    case 'u':
      return use(Integer<uint32_t>());
    case 'l':
      return use(Integer<long>());
    case 'L':
      return use(Integer<unsigned long>());
    case 'q':
      return use(Integer<int64_t>());
    case 'Q':
      return use(Integer<uint64_t>());
    case '?':
      return use(Integer<uint8_t>{.least = 0, .most = 1});
    default:  // c B
      return use(Integer<uint8_t>());
  }
}

// Of a field, whose typecode is known to be one.
bool IsInteger(char code) { return code != 'f' && code != 'd'; }

template <typename T>
std::atomic_ref<T> AtomicAt(std::byte* address) {
  return std::atomic_ref<T>(*reinterpret_cast<T*>(address));
}

// Wraps or refuses a number that the type can not hold.
template <typename Stored>
bool Narrow(const Integer<Stored>& type, Wide number, Overflow overflow, Stored* narrowed) {
  if (number < type.least || number > type.most) {
    if (overflow == Overflow::kRefuse) return false;
    number &= type.most - type.least;  // all values of the type are 2^n
    if (number > type.most) number -= type.most - type.least + 1;
  }
  *narrowed = static_cast<Stored>(number);
  return true;
}

std::string Decimal(Wide number) {
  std::string digits;
  const bool negative = number < 0;
  do {
    const auto digit = static_cast<int>(number % 10);
    digits.push_back(static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    number /= 10;
  } while (number != 0);
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

[[gnu::cold, gnu::noinline]] absl::Status NoSuchIndex(int64_t index, uint64_t count) {
  return MakeStatus(Code::kInvalid,
                    absl::StrCat("index: ", index, " of ", count, " elements is out of range"));
}

[[gnu::cold, gnu::noinline]] absl::Status OutOfRange(const char* argument, Wide number, char code) {
  return MakeStatus(Code::kInvalid,
                    absl::StrCat(argument, ": ", Decimal(number), " is out of the range of type ",
                                 std::string(1, code)));
}

// The number that an int64_t stands for: for unsigned 64-bit types, the one of the same bits.
template <typename Stored>
Wide Meant(int64_t number) {
  if constexpr (std::is_unsigned_v<Stored> && sizeof(Stored) == 8) {
    return static_cast<uint64_t>(number);
  }
  return number;
}

Wide LoadInteger(std::byte* address, char code) {
  return WithInteger(code, [address]<typename T>(Integer<T>) -> Wide {
    return AtomicAt<T>(address).load(std::memory_order_seq_cst);
  });
}

absl::Status StoreInteger(std::byte* address, char code, Wide number, Overflow overflow) {
  return WithInteger(code, [=]<typename T>(Integer<T> type) -> absl::Status {
    T narrowed;
    if (!Narrow(type, number, overflow, &narrowed)) return OutOfRange("number", number, code);
    AtomicAt<T>(address).store(narrowed, std::memory_order_seq_cst);
    return absl::OkStatus();
  });
}

void StoreFloating(std::byte* address, char code, double number) {
  if (code == 'f') {
    AtomicAt<float>(address).store(static_cast<float>(number), std::memory_order_seq_cst);
  } else {
    AtomicAt<double>(address).store(number, std::memory_order_seq_cst);
  }
}

}  // namespace

inline absl::Status Elements::At(int64_t index, uint32_t field, Place* place) const {
  const uint64_t from_start = index < 0 ? count_ + static_cast<uint64_t>(index) : index;
  if (from_start >= count_) return NoSuchIndex(index, count_);
  if (field >= type_->fields().size()) return Invalid("field: there is no such field");
  const ElementType::Field& there = type_->fields()[field];
  *place = {data_ + from_start * type_->bytes() + there.offset, there.code};
  return absl::OkStatus();
}

inline absl::Status Elements::IntegerAt(int64_t index, uint32_t field, Place* place) const {
  absl::Status status = At(index, field, place);
  if (status.ok() && !IsInteger(place->code)) return Invalid("field: is not an integer");
  return status;
}

absl::Status Elements::WordAt(int64_t index, uint32_t field, Place* place) const {
  absl::Status status = IntegerAt(index, field, place);
  if (status.ok() && BytesOfTypecode(place->code) != sizeof(uint32_t)) {
    return Invalid("field: is not an integer of 4 bytes");
  }
  return status;
}

absl::StatusOr<int64_t> Elements::GetInt(int64_t index, uint32_t field) const {
  Place place;
  if (absl::Status status = At(index, field, &place); !status.ok()) return status;
  if (!IsInteger(place.code)) return Invalid("out: the field is not an integer");
  const Wide number = LoadInteger(place.address, place.code);
  if (number > std::numeric_limits<int64_t>::max()) return Invalid("out: the number does not fit");
  return static_cast<int64_t>(number);
}

absl::StatusOr<uint64_t> Elements::GetUint(int64_t index, uint32_t field) const {
  Place place;
  if (absl::Status status = At(index, field, &place); !status.ok()) return status;
  if (!IsInteger(place.code)) return Invalid("out: the field is not an integer");
  const Wide number = LoadInteger(place.address, place.code);
  if (number < 0) return Invalid("out: the number does not fit");
  return static_cast<uint64_t>(number);
}

absl::StatusOr<double> Elements::GetDouble(int64_t index, uint32_t field) const {
  Place place;
  if (absl::Status status = At(index, field, &place); !status.ok()) return status;
  if (place.code == 'f') return AtomicAt<float>(place.address).load(std::memory_order_seq_cst);
  if (place.code == 'd') return AtomicAt<double>(place.address).load(std::memory_order_seq_cst);
  return static_cast<double>(LoadInteger(place.address, place.code));
}

absl::Status Elements::SetInt(int64_t index, uint32_t field, int64_t number) {
  Place place;
  if (absl::Status status = At(index, field, &place); !status.ok()) return status;
  if (IsInteger(place.code)) {
    return StoreInteger(place.address, place.code, number, overflow_);
  }
  StoreFloating(place.address, place.code, static_cast<double>(number));
  return absl::OkStatus();
}

absl::Status Elements::SetUint(int64_t index, uint32_t field, uint64_t number) {
  Place place;
  if (absl::Status status = At(index, field, &place); !status.ok()) return status;
  if (IsInteger(place.code)) {
    return StoreInteger(place.address, place.code, number, overflow_);
  }
  StoreFloating(place.address, place.code, static_cast<double>(number));
  return absl::OkStatus();
}

absl::Status Elements::SetDouble(int64_t index, uint32_t field, double number) {
  Place place;
  if (absl::Status status = At(index, field, &place); !status.ok()) return status;
  if (IsInteger(place.code)) return Invalid("number: is a double, the field an integer");
  StoreFloating(place.address, place.code, number);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Elements::FetchAdd(int64_t index, uint32_t field, int64_t number) {
  Place place;
  if (absl::Status status = IntegerAt(index, field, &place); !status.ok()) return status;
  const Overflow overflow = overflow_;
  return WithInteger(
      place.code,
      [&place, overflow, number]<typename T>(Integer<T> type) -> absl::StatusOr<int64_t> {
        std::atomic_ref<T> there = AtomicAt<T>(place.address);
        T before = there.load(std::memory_order_relaxed);
        T after;
        do {
          const Wide sum = Wide{before} + number;
          if (!Narrow(type, sum, overflow, &after)) return OutOfRange("number", sum, place.code);
        } while (!there.compare_exchange_weak(before, after, std::memory_order_seq_cst));
        return static_cast<int64_t>(before);
      });
}

absl::StatusOr<int64_t> Elements::Exchange(int64_t index, uint32_t field, int64_t number) {
  Place place;
  if (absl::Status status = IntegerAt(index, field, &place); !status.ok()) return status;
  const Overflow overflow = overflow_;
  return WithInteger(
      place.code,
      [&place, overflow, number]<typename T>(Integer<T> type) -> absl::StatusOr<int64_t> {
        T wanted;
        const Wide meant = Meant<T>(number);
        if (!Narrow(type, meant, overflow, &wanted)) {
          return OutOfRange("number", meant, place.code);
        }
        return static_cast<int64_t>(
            AtomicAt<T>(place.address).exchange(wanted, std::memory_order_seq_cst));
      });
}

absl::StatusOr<int64_t> Elements::CompareExchange(int64_t index, uint32_t field, int64_t expected,
                                                  int64_t number) {
  Place place;
  if (absl::Status status = IntegerAt(index, field, &place); !status.ok()) return status;
  const Overflow overflow = overflow_;
  return WithInteger(
      place.code,
      [&place, overflow, expected, number]<typename T>(Integer<T> type) -> absl::StatusOr<int64_t> {
        T before;
        T wanted;
        if (!Narrow(type, Meant<T>(expected), Overflow::kRefuse, &before)) {
          return OutOfRange("expected", Meant<T>(expected), place.code);
        }
        const Wide meant = Meant<T>(number);
        if (!Narrow(type, meant, overflow, &wanted)) {
          return OutOfRange("number", meant, place.code);
        }
        AtomicAt<T>(place.address)
            .compare_exchange_strong(before, wanted, std::memory_order_seq_cst);
        return static_cast<int64_t>(before);
      });
}

absl::Status Elements::Wait(int64_t index, uint32_t field, int64_t expected, Deadline deadline,
                            os::Interrupt* interrupt) const {
  Place place;
  if (absl::Status status = WordAt(index, field, &place); !status.ok()) return status;
  const bool possible = WithInteger(place.code, [expected]<typename T>(Integer<T> type) {
    T narrowed;
    return Narrow(type, expected, Overflow::kRefuse, &narrowed);
  });
  if (!possible) return OutOfRange("expected", expected, place.code);
  const auto bits = static_cast<uint32_t>(expected);
  // A futex is a word of this type; the element is as large and as aligned.
  const auto* word = reinterpret_cast<const std::atomic<uint32_t>*>(place.address);
  while (AtomicAt<uint32_t>(place.address).load(std::memory_order_seq_cst) == bits) {
    if (deadline.Expired()) return MakeStatus(Code::kTimeout, "the value did not change in time");
    const Deadline slice = Earlier(deadline, Deadline::After(kLookAgainNanos));
    if (os::FutexWait(word, bits, slice, interrupt) == os::FutexResult::kInterrupted) {
      return MakeStatus(Code::kInterrupted, "interrupted by its token");
    }
  }
  return absl::OkStatus();
}

absl::Status Elements::Wake(int64_t index, uint32_t field, int32_t count) {
  Place place;
  if (absl::Status status = WordAt(index, field, &place); !status.ok()) return status;
  if (count < -1) return Invalid("count: is below -1");
  os::FutexWake(reinterpret_cast<const std::atomic<uint32_t>*>(place.address),
                count == -1 ? os::kWakeAll : count);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Elements::OffsetOfRange(int64_t start, int64_t count,
                                                 const char* too_many) const {
  const uint64_t from_start = start < 0 ? count_ + static_cast<uint64_t>(start) : start;
  if (from_start > count_) return Invalid("start: out of range");
  if (count < 0 || static_cast<uint64_t>(count) > count_ - from_start) {
    return Invalid(too_many);
  }
  return from_start * type_->bytes();
}

absl::StatusOr<uint64_t> Elements::BytesOfRange(int64_t start, int64_t count) const {
  const absl::StatusOr<uint64_t> offset = OffsetOfRange(start, count);
  if (!offset.ok()) return offset.status();
  return static_cast<uint64_t>(count) * type_->bytes();
}

absl::Status Elements::Read(int64_t start, int64_t count, void* out, uint64_t bytes) const {
  const absl::StatusOr<uint64_t> offset = OffsetOfRange(start, count);
  if (!offset.ok()) return offset.status();
  if (bytes != static_cast<uint64_t>(count) * type_->bytes()) {
    return Invalid("size: is not that of the elements");
  }
  CopyFromShared(out, data_ + *offset, bytes, type_->alignment());
  return absl::OkStatus();
}

absl::Status Elements::Write(int64_t start, absl::string_view elements) {
  const uint64_t count = elements.size() / type_->bytes();
  if (elements.size() % type_->bytes() != 0) return Invalid("size: is not that of whole elements");
  const absl::StatusOr<uint64_t> offset =
      OffsetOfRange(start, static_cast<int64_t>(count), "size: more than there are elements");
  if (!offset.ok()) return offset.status();
  CopyToShared(data_ + *offset, elements.data(), elements.size(), type_->alignment());
  return absl::OkStatus();
}

absl::Status Elements::Fill(int64_t start, int64_t count, absl::string_view element) {
  const absl::StatusOr<uint64_t> offset = OffsetOfRange(start, count);
  if (!offset.ok()) return offset.status();
  if (element.size() != type_->bytes()) return Invalid("size: is not that of an element");
  char repeated[4096];
  const uint64_t in_buffer =
      std::min<uint64_t>(sizeof repeated / element.size(), static_cast<uint64_t>(count));
  for (uint64_t i = 0; i < in_buffer; ++i) {
    memcpy(repeated + i * element.size(), element.data(), element.size());
  }
  std::byte* to = data_ + *offset;
  for (auto left = static_cast<uint64_t>(count); left > 0;) {
    const uint64_t bytes = std::min(left, in_buffer) * element.size();
    CopyToShared(to, repeated, bytes, type_->alignment());
    to += bytes;
    left -= std::min(left, in_buffer);
  }
  return absl::OkStatus();
}

absl::Status Elements::CopyFrom(const Elements& other) {
  if (other.bytes() != bytes()) return Invalid("count: is another");
  char buffer[4096];
  for (uint64_t done = 0; done < bytes(); done += sizeof buffer) {
    const uint64_t part = std::min<uint64_t>(bytes() - done, sizeof buffer);
    CopyFromShared(buffer, other.data_ + done, part, type_->alignment());
    CopyToShared(data_ + done, buffer, part, type_->alignment());
  }
  return absl::OkStatus();
}

}  // namespace billiard::shared_memory
