// A message taken from a queue: bytes in the process's own memory, from malloc, so that the C ABI can hand
// them over as they are.
#ifndef BILLIARD_CORE_QUEUE_MESSAGE_H_
#define BILLIARD_CORE_QUEUE_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

namespace billiard::queue {

class Message {
 public:
  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() { free(data_); }

  // Room for `size` bytes, which become the message; false: no memory.
  bool Reserve(size_t size) {
    if (size > room_) {
      free(data_);
      data_ = malloc(size);
      room_ = data_ == nullptr ? 0 : size;
      if (data_ == nullptr) return false;
    }
    size_ = size;
    return true;
  }
  void set_format(uint32_t format) { format_ = format; }

  void* data() const { return data_; }
  size_t size() const { return size_; }
  uint32_t format() const { return format_; }
  absl::string_view bytes() const {
    return absl::string_view(static_cast<const char*>(data_), size_);
  }

  // Hands the bytes over; nullptr when there are none.
  void* Release() {
    void* const data = data_;
    data_ = nullptr;
    room_ = 0;
    return data;
  }

 private:
  void* data_ = nullptr;
  size_t room_ = 0;
  size_t size_ = 0;
  uint32_t format_ = 0;
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_MESSAGE_H_
