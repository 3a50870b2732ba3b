// Handles of connection.h and listener.h that release themselves, and short ways to use them.
#ifndef BILLIARD_TESTS_C_API_CONNECTION_HANDLES_H_
#define BILLIARD_TESTS_C_API_CONNECTION_HANDLES_H_

#include <cstring>
#include <string>
#include <utility>

#include "billiard/bp.h"
#include "gtest/gtest.h"

namespace billiard {

template <typename T, void (*release)(T*)>
class SelfReleasing {
 public:
  SelfReleasing() = default;
  SelfReleasing(const SelfReleasing&) = delete;
  SelfReleasing& operator=(const SelfReleasing&) = delete;
  ~SelfReleasing() { release(handle_); }
  operator T*() const { return handle_; }  // NOLINT: stands for the handle
  T** out() { return &handle_; }
  T* give() { return std::exchange(handle_, nullptr); }

 private:
  T* handle_ = nullptr;
};

using ConnectionHandle = SelfReleasing<bp_connection, bp_connection_release>;
using ListenerHandle = SelfReleasing<bp_listener, bp_listener_release>;

inline bp_status SendText(bp_connection* connection, const std::string& text) {
  return bp_connection_send(connection, text.data(), text.size(), BP_FOREVER, nullptr, nullptr);
}

inline std::string StatusText(bp_status status) {
  return std::string("!") + bp_status_name(status);
}

// The message that comes next, or "!" and the name of the status.
inline std::string ReceiveText(bp_connection* connection, int64_t timeout_ns = BP_FOREVER) {
  bp_buffer message;
  const bp_status status =
      bp_connection_recv(connection, -1, timeout_ns, nullptr, &message, nullptr);
  if (status != BP_OK) return StatusText(status);
  std::string text(static_cast<char*>(message.data), message.size);
  bp_buffer_free(&message);
  return text;
}

inline std::string AddressOf(bp_listener* listener) {
  char text[256];
  size_t length = 0;
  EXPECT_EQ(bp_listener_address(listener, text, sizeof text, &length, nullptr), BP_OK);
  return std::string(text, length);
}

// Without authentication where the key is empty.
inline bp_status Connect(const std::string& address, const std::string& key, bp_connection** out) {
  bp_client_options options;
  bp_client_options_init(&options, sizeof options);
  if (!key.empty()) {
    options.key = key.data();
    options.key_size = key.size();
  }
  return bp_client_connect(address.c_str(), &options, BP_FOREVER, nullptr, out, nullptr);
}

}  // namespace billiard

#endif  // BILLIARD_TESTS_C_API_CONNECTION_HANDLES_H_
