// Pipes, connections and listeners through the C ABI: what the reference's tests pin (test_connection,
// test_duplex_false, test_spawn_close, test_sendbytes, test_listener_client, test_pickling,
// test_invalid_handles), between processes.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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

class ConnectionTest : public ::testing::Test {
 protected:
  void Make(uint32_t one_way = 0, uint32_t first_nonblocking = 0) {
    bp_pipe_options options;
    bp_pipe_options_init(&options, sizeof options);
    options.one_way = one_way;
    options.first_nonblocking = first_nonblocking;
    ASSERT_EQ(bp_pipe_create(&options, first_.out(), second_.out(), nullptr), BP_OK);
  }

  Watchdog watchdog_{100};
  ConnectionHandle first_, second_;
};

// Sends back what it gets, until it gets "end".
int Echo(bp_connection* connection) {
  for (;;) {
    const std::string message = ReceiveText(connection);
    if (message == "end") return 0;
    if (SendText(connection, message) != BP_OK) return 1;
  }
}

// test_connection
TEST_F(ConnectionTest, AChildEchoesMessagesOfEverySize) {
  Make();
  Child child([this] {
    bp_connection_close(first_);
    return Echo(second_);
  });
  bp_connection_close(second_);
  for (const std::string& message : {std::string("hello"), std::string(), std::string("\0\xff", 2),
                                     std::string(16 << 20, 'L')}) {
    std::thread sender([&] { EXPECT_EQ(SendText(first_, message), BP_OK); });
    EXPECT_EQ(ReceiveText(first_), message);
    sender.join();
  }
  int ready = 1;
  EXPECT_EQ(bp_connection_poll(first_, 0, nullptr, &ready, nullptr), BP_OK);
  EXPECT_EQ(ready, 0);
  EXPECT_EQ(bp_connection_poll(first_, kMilli, nullptr, &ready, nullptr), BP_OK);
  EXPECT_EQ(ready, 0);
  EXPECT_EQ(SendText(first_, "again"), BP_OK);
  EXPECT_EQ(bp_connection_poll(first_, BP_FOREVER, nullptr, &ready, nullptr), BP_OK);
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(ReceiveText(first_), "again");
  EXPECT_EQ(SendText(first_, "end"), BP_OK);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(bp_connection_poll(first_, BP_FOREVER, nullptr, &ready, nullptr), BP_OK);
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(ReceiveText(first_), StatusText(BP_END_OF_STREAM));
}

TEST_F(ConnectionTest, AMessageGoesIntoTheCallersBufferOrComesWhole) {
  Make();
  char buffer[10] = "---------";
  size_t received = 99;
  bp_buffer whole = {};
  const auto receive = [&](size_t size, int64_t offset, bp_error** error = nullptr) {
    return bp_connection_recv_into(first_, buffer, size, offset, BP_FOREVER, nullptr, &received,
                                   &whole, error);
  };
  ASSERT_EQ(SendText(second_, "abc"), BP_OK);
  EXPECT_EQ(receive(9, 2), BP_OK);
  EXPECT_EQ(received, 3u);
  EXPECT_STREQ(buffer, "--abc----");
  ASSERT_EQ(SendText(second_, "longer than that"), BP_OK);
  EXPECT_EQ(receive(9, 0), BP_TOO_SHORT);
  EXPECT_EQ(received, 0u);
  EXPECT_EQ(std::string(static_cast<char*>(whole.data), whole.size), "longer than that");
  bp_buffer_free(&whole);
  EXPECT_STREQ(buffer, "--abc----");
  ASSERT_EQ(SendText(second_, ""), BP_OK);
  EXPECT_EQ(receive(9, 9), BP_OK) << "no room is room for nothing";
  EXPECT_EQ(received, 0u);
  ExpectInvalid([&](bp_error** error) { return receive(9, -1, error); }, "offset");
  ExpectInvalid([&](bp_error** error) { return receive(9, 10, error); }, "offset");
}

// test_duplex_false
TEST_F(ConnectionTest, AOneWayPipeHasDirections) {
  Make(1);
  EXPECT_EQ(bp_connection_readable(first_), 1);
  EXPECT_EQ(bp_connection_writable(first_), 0);
  EXPECT_EQ(bp_connection_readable(second_), 0);
  EXPECT_EQ(bp_connection_writable(second_), 1);
  EXPECT_EQ(SendText(second_, "one way"), BP_OK);
  EXPECT_EQ(ReceiveText(first_), "one way");
  EXPECT_EQ(SendText(first_, "back"), BP_STATE);
  EXPECT_EQ(ReceiveText(second_), StatusText(BP_STATE));
  int ready;
  EXPECT_EQ(bp_connection_poll(second_, 0, nullptr, &ready, nullptr), BP_STATE);
}

// test_spawn_close
TEST_F(ConnectionTest, TheParentMayCloseItsCopyRightAfterTheStart) {
  Make();
  Child child([this] { return Echo(second_); });
  bp_connection_release(second_.give());
  EXPECT_EQ(SendText(first_, "still there"), BP_OK);
  EXPECT_EQ(ReceiveText(first_), "still there");
  EXPECT_EQ(SendText(first_, "end"), BP_OK);
  EXPECT_EQ(child.Wait(), 0);
}

// test_sendbytes
TEST_F(ConnectionTest, SlicesOfBytesAreCheckedBeforeAnythingIsSent) {
  Make();
  const std::string text = "abcdefghijklmnopqrstuvwxyz";
  const auto send = [&](int64_t offset, int64_t count, bp_error** error = nullptr) {
    return bp_connection_send_slice(first_, text.data(), text.size(), offset, count, BP_FOREVER,
                                    nullptr, error);
  };
  const struct {
    int64_t offset, count;
    std::string sent;
  } fine[] = {
      {0, -1, text}, {5, -1, text.substr(5)}, {7, 8, text.substr(7, 8)}, {26, -1, ""}, {26, 0, ""},
      {0, 0, ""}};
  for (const auto& slice : fine) {
    EXPECT_EQ(send(slice.offset, slice.count), BP_OK);
    EXPECT_EQ(ReceiveText(second_), slice.sent);
  }
  ExpectInvalid([&](bp_error** error) { return send(27, -1, error); }, "offset");
  ExpectInvalid([&](bp_error** error) { return send(-1, -1, error); }, "offset");
  ExpectInvalid([&](bp_error** error) { return send(22, 5, error); }, "count");
  ExpectInvalid([&](bp_error** error) { return send(26, 1, error); }, "count");
  ExpectInvalid([&](bp_error** error) { return send(4, -2, error); }, "count");
  EXPECT_EQ(ReceiveText(second_, 0), StatusText(BP_TIMEOUT));
}

// CONN-24, CONN-25
TEST_F(ConnectionTest, ANonBlockingEndKeepsWhatItCouldNotSend) {
  Make(0, 1);
  bp_buffer none;
  bp_error* error = nullptr;
  EXPECT_EQ(bp_connection_recv(first_, -1, BP_FOREVER, nullptr, &none, &error), BP_AGAIN);
  EXPECT_EQ(bp_error_errno(error), EAGAIN);
  bp_error_release(error);
  const std::string large(4 << 20, 'x');
  EXPECT_EQ(SendText(first_, large), BP_PENDING);
  EXPECT_GT(bp_connection_pending(first_), 0u);
  EXPECT_EQ(bp_connection_flush(first_, BP_FOREVER, nullptr, nullptr), BP_AGAIN);
  size_t written;
  EXPECT_EQ(bp_connection_send_raw(first_, "x", 1, &written, nullptr), BP_STATE);
  std::thread receiver([&] { EXPECT_EQ(ReceiveText(second_), large); });
  bp_connection_set_blocking(first_, 1);
  EXPECT_EQ(bp_connection_flush(first_, BP_FOREVER, nullptr, nullptr), BP_OK);
  receiver.join();
  EXPECT_EQ(bp_connection_pending(first_), 0u);
  // Raw bytes are whatever the peer takes them for: here a frame.
  EXPECT_EQ(bp_connection_send_raw(first_, "\0\0\0\2hi", 6, &written, nullptr), BP_OK);
  EXPECT_EQ(written, 6u);
  EXPECT_EQ(ReceiveText(second_), "hi");
}

// test_invalid_handles
TEST_F(ConnectionTest, InvalidDescriptorsAndDirectionsAreRefused) {
  bp_connection* out = nullptr;
  for (const int fd : {-1, 1 << 29}) {
    ExpectInvalid([&](bp_error** error) { return bp_connection_from_fd(fd, nullptr, &out, error); },
                  "invalid handle");
  }
  bp_connection_options options;
  bp_connection_options_init(&options, sizeof options);
  options.no_read = options.no_write = 1;
  ExpectInvalid([&](bp_error** error) { return bp_connection_from_fd(0, &options, &out, error); },
                "readable or writable");
  const int bad[] = {1 << 29};
  uint8_t ready[1];
  size_t count;
  ExpectInvalid(
      [&](bp_error** error) { return bp_wait_readable(bad, 1, 0, nullptr, ready, &count, error); },
      "invalid file descriptor 536870912");
}

TEST_F(ConnectionTest, AClosedOneSaysSo) {
  Make();
  EXPECT_EQ(bp_connection_closed(first_), 0);
  bp_connection_close(first_);
  bp_connection_close(first_);
  EXPECT_EQ(bp_connection_closed(first_), 1);
  EXPECT_EQ(SendText(first_, "x"), BP_CLOSED);
  EXPECT_EQ(ReceiveText(first_), StatusText(BP_CLOSED));
  int fd = 0;
  bp_error* error = nullptr;
  EXPECT_EQ(bp_connection_fd(first_, &fd, &error), BP_CLOSED);
  EXPECT_STREQ(bp_error_message(error), "handle is closed");
  EXPECT_EQ(fd, -1);
  bp_error_release(error);
}

// CONN-29
TEST_F(ConnectionTest, TheReadHelperChecksItsLengths) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  ASSERT_EQ(write(fds[1], "abcdef", 6), 6);
  char buffer[4];
  size_t got = 0;
  EXPECT_EQ(bp_fd_read(fds[0], buffer, 4, 0, &got, nullptr), BP_OK);
  EXPECT_EQ(got, 4u);
  EXPECT_EQ(bp_fd_read(fds[0], buffer, 4, 1, &got, nullptr), BP_OK);
  EXPECT_EQ(got, 1u);
  ExpectInvalid([&](bp_error** e) { return bp_fd_read(fds[0], buffer, 4, -1, &got, e); }, "length");
  ExpectInvalid([&](bp_error** e) { return bp_fd_read(fds[0], buffer, 4, 5, &got, e); }, "length");
  bp_error* error = nullptr;
  EXPECT_EQ(bp_fd_read(fds[0], buffer, 0, 0, &got, &error), BP_OS);
  EXPECT_EQ(bp_error_errno(error), EINVAL);
  bp_error_release(error);
  close(fds[1]);
  EXPECT_EQ(bp_fd_read(fds[0], buffer, 4, 0, &got, nullptr), BP_OK);
  EXPECT_EQ(bp_fd_read(fds[0], buffer, 4, 0, &got, nullptr), BP_OK);
  EXPECT_EQ(got, 0u);
  close(fds[0]);
}

// test_pickling: connections and sockets of each family go from process to process.
TEST_F(ConnectionTest, ConnectionsOfEachFamilyArePassedOn) {
  for (const uint32_t family : {BP_FAMILY_UNIX, BP_FAMILY_INET}) {
    ConnectionHandle to_child, of_child;
    ASSERT_EQ(bp_pipe_create(nullptr, to_child.out(), of_child.out(), nullptr), BP_OK);
    bp_listener_options options;
    bp_listener_options_init(&options, sizeof options);
    options.family = family;
    ListenerHandle listener;
    ASSERT_EQ(bp_listener_open(nullptr, &options, listener.out(), nullptr), BP_OK);
    Child worker([&] {
      ConnectionHandle client;
      if (bp_connection_recv_connection(of_child, BP_FOREVER, nullptr, client.out(), nullptr) !=
          BP_OK) {
        return 1;
      }
      return SendText(client, ReceiveText(client) + ", passed on") == BP_OK ? 0 : 2;
    });
    ConnectionHandle client, accepted;
    ASSERT_EQ(Connect(AddressOf(listener), "", client.out()), BP_OK);
    ASSERT_EQ(bp_listener_accept(listener, BP_FOREVER, nullptr, accepted.out(), nullptr), BP_OK);
    ASSERT_EQ(bp_connection_send_connection(to_child, accepted, BP_FOREVER, nullptr, nullptr),
              BP_OK);
    bp_connection_close(accepted);
    EXPECT_EQ(SendText(client, "hello"), BP_OK);
    EXPECT_EQ(ReceiveText(client), "hello, passed on");
    EXPECT_EQ(worker.Wait(), 0);
  }
}

TEST_F(ConnectionTest, DescriptorsComeWithTheirMessage) {
  Make();
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  ASSERT_EQ(bp_connection_send_fds(first_, "two", 3, fds, 2, BP_FOREVER, nullptr, nullptr), BP_OK);
  ASSERT_EQ(bp_connection_send_fds(first_, "two", 3, fds, 2, BP_FOREVER, nullptr, nullptr), BP_OK);
  close(fds[0]);
  close(fds[1]);
  int got[2] = {-1, -1};
  size_t count = 0;
  bp_buffer message;
  ASSERT_EQ(bp_connection_recv_fds(second_, got, 2, &count, BP_FOREVER, nullptr, &message, nullptr),
            BP_OK);
  EXPECT_EQ(std::string(static_cast<char*>(message.data), message.size), "two");
  bp_buffer_free(&message);
  ASSERT_EQ(count, 2u);
  EXPECT_EQ(write(got[1], "x", 1), 1);
  char byte;
  EXPECT_EQ(read(got[0], &byte, 1), 1);
  close(got[0]);
  close(got[1]);
  EXPECT_EQ(bp_connection_recv_fds(second_, got, 1, &count, BP_FOREVER, nullptr, &message, nullptr),
            BP_TOO_SHORT);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(message.size, 3u);
  bp_buffer_free(&message);
}

// CONN-81, CONN-83: connections go through a queue too.
TEST_F(ConnectionTest, ATicketOfAConnectionGoesThroughAQueue) {
  Make();
  bp_queue* queue = nullptr;
  ASSERT_EQ(bp_queue_create(nullptr, &queue, nullptr), BP_OK);
  Child child([&] {
    bp_buffer ticket;
    bp_queue_get(queue, BP_FOREVER, nullptr, &ticket, nullptr);
    int fd = -1;
    if (bp_fd_claim(ticket.data, ticket.size, BP_FOREVER, nullptr, &fd, nullptr) != BP_OK) return 1;
    ConnectionHandle claimed;
    if (bp_connection_from_fd(fd, nullptr, claimed.out(), nullptr) != BP_OK) return 2;
    if (SendText(claimed, "from the queue") != BP_OK) return 3;
    const bp_status again =
        bp_fd_claim(ticket.data, ticket.size, BP_FOREVER, nullptr, &fd, nullptr);
    bp_buffer_free(&ticket);
    return again == BP_NOT_FOUND ? 0 : 4;
  });
  int fd = -1;
  bp_buffer ticket;
  ASSERT_EQ(bp_connection_fd(second_, &fd, nullptr), BP_OK);
  ASSERT_EQ(bp_fd_share(fd, &ticket, nullptr), BP_OK);
  bp_connection_close(second_);
  ASSERT_EQ(bp_queue_put(queue, ticket.data, ticket.size, BP_FORMAT_RAW, 0, nullptr, nullptr),
            BP_OK);
  bp_buffer_free(&ticket);
  EXPECT_EQ(ReceiveText(first_), "from the queue");
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(bp_fd_sharing_stop(BP_FOREVER, nullptr), BP_OK);
  bp_queue_release(queue);
}

// test_deliver_challenge_auth_failure, test_answer_challenge_auth_failure
TEST_F(ConnectionTest, HalfAHandshakeProvesTheKeyOrFails) {
  Make();
  for (const char* const key : {"key", "kex"}) {
    Child prover([&] {
      const bp_status status =
          bp_connection_answer_challenge(second_, key, 3, BP_FOREVER, nullptr, nullptr);
      return status == BP_OK ? 0 : status == BP_AUTHENTICATION ? 1 : 2;
    });
    const bool right = key[2] == 'y';
    EXPECT_EQ(bp_connection_deliver_challenge(first_, "key", 3, BP_FOREVER, nullptr, nullptr),
              right ? BP_OK : BP_AUTHENTICATION);
    EXPECT_EQ(prover.Wait(), right ? 0 : 1);
  }
  ExpectInvalid(
      [&](bp_error** error) {
        return bp_connection_deliver_challenge(first_, "", 0, 0, nullptr, error);
      },
      "authkey");
}

}  // namespace
}  // namespace billiard
