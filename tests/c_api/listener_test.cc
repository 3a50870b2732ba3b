// Listeners and clients through the C ABI.
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "billiard/bp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/c_api/connection_handles.h"
#include "tests/c_api/invalid_argument.h"
#include "tests/support/child/child.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::Child;
using testing::Watchdog;

constexpr int64_t kMilli = 1'000'000;

class ListenerTest : public ::testing::Test {
 protected:
  void Open(const std::string& key, uint32_t family = BP_FAMILY_ANY) {
    bp_listener_options options;
    bp_listener_options_init(&options, sizeof options);
    options.family = family;
    if (!key.empty()) {
      options.key = key.data();
      options.key_size = key.size();
    }
    ASSERT_EQ(bp_listener_open(nullptr, &options, listener_.out(), nullptr), BP_OK);
    address_ = AddressOf(listener_);
  }

  Watchdog watchdog_{100};
  ListenerHandle listener_;
  std::string address_;
};

// test_listener_client
TEST_F(ListenerTest, EachFamilyAcceptsReceivesAndCloses) {
  for (const uint32_t family : {BP_FAMILY_UNIX, BP_FAMILY_INET}) {
    for (const std::string key : {"", "secret"}) {
      Open(key, family);
      Child child([&] {
        ConnectionHandle client;
        if (Connect(address_, key, client.out()) != BP_OK) return 1;
        return SendText(client, "hello") == BP_OK ? 0 : 2;
      });
      ConnectionHandle accepted;
      ASSERT_EQ(bp_listener_accept(listener_, BP_FOREVER, nullptr, accepted.out(), nullptr), BP_OK);
      EXPECT_EQ(ReceiveText(accepted), "hello");
      EXPECT_EQ(ReceiveText(accepted), StatusText(BP_END_OF_STREAM));
      EXPECT_EQ(child.Wait(), 0);
      char peer[256];
      const size_t length = bp_listener_last_accepted(listener_, peer, sizeof peer);
      EXPECT_EQ(length > 0, family == BP_FAMILY_INET);
      bp_listener_close(listener_);
      size_t unused;
      EXPECT_EQ(bp_listener_address(listener_, nullptr, 0, &unused, nullptr), BP_CLOSED);
      bp_listener_release(listener_.give());
    }
  }
}

TEST_F(ListenerTest, AWrongKeyIsAnErrorOnBothSidesAndTheNextIsServed) {
  Open("right");
  for (const std::string key : {"wrong", "right"}) {
    Child child([&] {
      ConnectionHandle client;
      return -Connect(address_, key, client.out());
    });
    ConnectionHandle accepted;
    bp_error* error = nullptr;
    const bp_status status =
        bp_listener_accept(listener_, BP_FOREVER, nullptr, accepted.out(), &error);
    EXPECT_EQ(status, key == "right" ? BP_OK : BP_AUTHENTICATION);
    EXPECT_EQ(child.Wait(), -status);
    EXPECT_STREQ(bp_error_message(error), status == BP_OK ? "" : "digest received was wrong");
    bp_error_release(error);
  }
}

TEST_F(ListenerTest, WaitsEndInTimeOrWhenInterrupted) {
  Open("k");
  ConnectionHandle none;
  EXPECT_EQ(bp_listener_accept(listener_, kMilli, nullptr, none.out(), nullptr), BP_TIMEOUT);
  int ready = 1;
  EXPECT_EQ(bp_listener_poll(listener_, kMilli, nullptr, &ready, nullptr), BP_OK);
  EXPECT_EQ(ready, 0);
  bp_interrupt* token = nullptr;
  ASSERT_EQ(bp_interrupt_create(&token, nullptr), BP_OK);
  std::thread raiser([&] { bp_interrupt_raise(token); });
  EXPECT_EQ(bp_listener_accept(listener_, BP_FOREVER, token, none.out(), nullptr), BP_INTERRUPTED);
  raiser.join();
  bp_interrupt_release(token);
}

// CONN-49: a listener that never accepts does not keep a client.
TEST_F(ListenerTest, AClientsTimeLimitCoversTheHandshake) {
  Open("k");
  bp_client_options options;
  bp_client_options_init(&options, sizeof options);
  options.key = "k";
  options.key_size = 1;
  options.time_limit_ns = 20 * kMilli;
  ConnectionHandle none;
  EXPECT_EQ(bp_client_connect(address_.c_str(), &options, BP_FOREVER, nullptr, none.out(), nullptr),
            BP_TIMEOUT);
  options.time_limit_ns = 0;
  EXPECT_EQ(bp_client_connect(address_.c_str(), &options, kMilli, nullptr, none.out(), nullptr),
            BP_TIMEOUT);
}

TEST_F(ListenerTest, AListenerIsOneOfManyThingsToWaitFor) {
  Open("");
  ConnectionHandle first, second;
  ASSERT_EQ(bp_pipe_create(nullptr, first.out(), second.out(), nullptr), BP_OK);
  int fds[2];
  ASSERT_EQ(bp_connection_fd(first, &fds[0], nullptr), BP_OK);
  ASSERT_EQ(bp_listener_fd(listener_, &fds[1], nullptr), BP_OK);
  uint8_t ready[2];
  size_t count = 9;
  EXPECT_EQ(bp_wait_readable(fds, 2, 0, nullptr, ready, &count, nullptr), BP_OK);
  EXPECT_EQ(count, 0u);
  ConnectionHandle client;
  ASSERT_EQ(Connect(address_, "", client.out()), BP_OK);
  EXPECT_EQ(bp_wait_readable(fds, 2, BP_FOREVER, nullptr, ready, &count, nullptr), BP_OK);
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(ready[0], 0);
  EXPECT_EQ(ready[1], 1);
}

TEST_F(ListenerTest, BadArgumentsAreNamed) {
  bp_listener_options options;
  const auto open = [&](const char* address) {
    return [&options, address](bp_error** error) {
      bp_listener* out;
      return bp_listener_open(address, &options, &out, error);
    };
  };
  bp_listener_options_init(&options, sizeof options);
  ExpectInvalid(open("\\\\.\\pipe\\x"), "address");
  ExpectInvalid(open(("/" + std::string(107, 'a')).c_str()), "address");
  options.family = 4;
  ExpectInvalid(open(nullptr), "unrecognized family");
  options.family = BP_FAMILY_INET;
  ExpectInvalid(open("/a/path"), "address");
  options.family = BP_FAMILY_ANY;
  options.key = "";
  ExpectInvalid(open(nullptr), "authkey");
  options.key = nullptr;
  options.key_size = 1;
  ExpectInvalid(open(nullptr), "options.key");
  options.key_size = 0;
  options.any_user = 2;
  ExpectInvalid(open(nullptr), "options.any_user");
  options.any_user = 0;
  options.max_message = BP_MESSAGE_MAX + 1;
  ExpectInvalid(open(nullptr), "options.max_message");
  options.max_message = 0;
  options.handshake_timeout_ns = -2;
  ExpectInvalid(open(nullptr), "options.handshake_timeout_ns");
  bp_connection* out;
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_client_connect(nullptr, nullptr, 0, nullptr, &out, error);
      },
      "address");
}

TEST_F(ListenerTest, NullHandlesAreRefusedOrIgnored) {
  bp_connection* connection;
  int number;
  size_t length;
  ExpectInvalid(
      [&](bp_error** e) { return bp_listener_accept(nullptr, 0, nullptr, &connection, e); },
      "listener");
  ExpectInvalid([&](bp_error** e) { return bp_listener_poll(nullptr, 0, nullptr, &number, e); },
                "listener");
  ExpectInvalid([&](bp_error** e) { return bp_listener_fd(nullptr, &number, e); }, "listener");
  ExpectInvalid([&](bp_error** e) { return bp_listener_address(nullptr, nullptr, 0, &length, e); },
                "listener");
  EXPECT_EQ(bp_listener_last_accepted(nullptr, nullptr, 0), 0u);
  EXPECT_EQ(bp_listener_dropped(nullptr), 0u);
  bp_listener_close(nullptr);
  bp_listener_release(nullptr);
  bp_buffer buffer;
  uint8_t bytes[4];
  ExpectInvalid([&](bp_error** e) { return bp_connection_send(nullptr, "x", 1, 0, nullptr, e); },
                "connection");
  ExpectInvalid(
      [&](bp_error** e) { return bp_connection_recv(nullptr, -1, 0, nullptr, &buffer, e); },
      "connection");
  ExpectInvalid(
      [&](bp_error** e) {
        return bp_connection_recv_into(nullptr, bytes, 4, 0, 0, nullptr, &length, &buffer, e);
      },
      "connection");
  ExpectInvalid([&](bp_error** e) { return bp_connection_poll(nullptr, 0, nullptr, &number, e); },
                "connection");
  ExpectInvalid([&](bp_error** e) { return bp_connection_flush(nullptr, 0, nullptr, e); },
                "connection");
  ExpectInvalid([&](bp_error** e) { return bp_connection_fd(nullptr, &number, e); }, "connection");
  EXPECT_EQ(bp_connection_closed(nullptr), 1);
  EXPECT_EQ(bp_connection_readable(nullptr), 0);
  EXPECT_EQ(bp_connection_writable(nullptr), 0);
  EXPECT_EQ(bp_connection_pending(nullptr), 0u);
  bp_connection_set_blocking(nullptr, 0);
  bp_connection_close(nullptr);
  bp_connection_release(nullptr);
}

}  // namespace
}  // namespace billiard
