// The bytes of one message that arrives: malloc memory that grows with what has come, and that a caller
// may keep. Not shared between threads.
#ifndef BILLIARD_CORE_CONNECTION_BYTES_H_
#define BILLIARD_CORE_CONNECTION_BYTES_H_

#include <cstddef>
#include <cstdlib>
#include <utility>

#include "absl/strings/string_view.h"

namespace billiard::connection {

class Bytes {
 public:
  Bytes() = default;
  Bytes(Bytes&& other) noexcept { Swap(&other); }
  Bytes& operator=(Bytes&& other) noexcept {
    Bytes(std::move(other)).Swap(this);
    return *this;
  }
  ~Bytes() { free(data_); }

  char* data() const { return data_; }
  size_t size() const { return size_; }
  size_t room() const { return room_; }
  absl::string_view view() const { return absl::string_view(data_, size_); }

  // False when there is no memory; the bytes stay as they are.
  bool Reserve(size_t room) {
    if (room <= room_) return true;
    void* const grown = realloc(data_, room);
    if (grown == nullptr) return false;
    data_ = static_cast<char*>(grown);
    room_ = room;
    return true;
  }
  // Within the room.
  void Resize(size_t size) { size_ = size; }

  // Hands the bytes over, to be ended by free(); nullptr when there are none.
  void* Release() {
    size_ = 0;
    room_ = 0;
    return std::exchange(data_, nullptr);
  }

 private:
  void Swap(Bytes* other) {
    std::swap(data_, other->data_);
    std::swap(size_, other->size_);
    std::swap(room_, other->room_);
  }

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t room_ = 0;
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_BYTES_H_
