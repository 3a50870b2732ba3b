// What clients may do to a listener without ending it, and without keeping others waiting (G-CONN-5, GAP-35,
// CONN-64).
#include <sys/resource.h>
#include <sys/un.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <thread>
#include <vector>

#include "billiard_core/connection/authenticate.h"
#include "billiard_core/connection/client.h"
#include "billiard_core/connection/listener.h"
#include "tests/core/connection/ends.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::connection {
namespace {

using testing::Child;
using testing::OpenDescriptors;
using testing::Watchdog;

constexpr char kKey[] = "the key";

// A client that connects and does nothing more by itself.
os::Fd Connected(const std::string& address) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  memcpy(name.sun_path + 1, address.data() + 1, address.size() - 1);
  os::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
  return fd;
}

class HostileClientsTest : public ::testing::Test {
 protected:
  void Open(int64_t handshake_timeout_ns = kHandshakeNanos, size_t max_pending = 256) {
    ListenerOptions options;
    options.authenticates = true;
    options.key = kKey;
    options.handshake_timeout_ns = handshake_timeout_ns;
    options.max_pending = max_pending;
    auto listener = Listener::Open("", options);
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    address_ = *listener_->address();
  }

  // Serves until somebody is through, and answers him; counts who was refused.
  void ServeOne() {
    for (;;) {
      auto accepted = listener_->Accept(Deadline::Forever(), nullptr);
      if (CodeOf(accepted.status()) == Code::kAuthentication) {
        ++refused_;
        continue;
      }
      ASSERT_TRUE(accepted.ok()) << accepted.status();
      EXPECT_EQ(SendCode(accepted->get(), "served"), Code::kOk);
      return;
    }
  }

  // A process that plays by the rules: 0 when it was served.
  Child GoodClient() {
    return Child([this] {
      ClientOptions options;
      options.authenticates = true;
      options.key = kKey;
      auto connection = Connect(address_, options, Deadline::Forever(), nullptr);
      return connection.ok() && ReceiveText(connection->get()) == "served" ? 0 : 1;
    });
  }

  void ExpectAGoodClientIsServed() {
    Child good = GoodClient();
    ServeOne();
    EXPECT_EQ(good.Wait(), 0);
  }

  Watchdog watchdog_{100};
  std::unique_ptr<Listener> listener_;
  std::string address_;
  int refused_ = 0;
};

// GAP-35
TEST_F(HostileClientsTest, AHundredSilentOnesDelayNobody) {
  Open();
  std::vector<os::Fd> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(Connected(address_));
  ExpectAGoodClientIsServed();
  EXPECT_EQ(refused_, 0);
}

TEST_F(HostileClientsTest, SilentOnesAreDroppedWhenTheirTimeIsOver) {
  Open(50 * kNanosPerMilli);
  std::vector<os::Fd> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(Connected(address_));
  while (listener_->dropped() < 20) {
    EXPECT_FALSE(*listener_->Poll(Deadline::After(10 * kNanosPerMilli), nullptr));
  }
  // Each of them sees the challenge, and then the end.
  for (const os::Fd& fd : silent) {
    char challenge[512];
    EXPECT_GT(recv(fd.get(), challenge, sizeof challenge, MSG_WAITALL), 0);
  }
  ExpectAGoodClientIsServed();
}

TEST_F(HostileClientsTest, MoreThanThereArePlacesForGiveWayToNewOnes) {
  Open(kHandshakeNanos, 4);
  std::vector<os::Fd> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(Connected(address_));
  ExpectAGoodClientIsServed();
  EXPECT_GE(listener_->dropped(), 36u);
}

TEST_F(HostileClientsTest, NonsenseIsAnAuthenticationErrorAndTheNextIsServed) {
  Open();
  const std::string framed_nonsense("\0\0\0\x05hello", 9);
  const std::string wrong_digest = std::string("\0\0\0\x28", 4) + "{sha256}" + std::string(32, 'x');
  const std::string giant("\x7f\xff\xff\xff", 4), negative("\xff\xff\xff\xff", 4);
  const std::string long_for_a_handshake("\0\0\x01\x01", 4);
  for (const std::string& bytes :
       {framed_nonsense, wrong_digest, giant, negative, long_for_a_handshake}) {
    const int before = refused_;
    os::Fd bad = Connected(address_);
    ASSERT_GT(send(bad.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), 0);
    ExpectAGoodClientIsServed();
    EXPECT_EQ(refused_, before + 1);
    // The socket was closed at once, not some day.
    char rest[512];
    while (recv(bad.get(), rest, sizeof rest, 0) > 0) {
    }
  }
}

TEST_F(HostileClientsTest, TruncatedFramesAndHalfOpenOnesAreDropped) {
  Open();
  for (const std::string& bytes :
       {std::string(), std::string("\0", 1), std::string("\0\0\0\x28{sha", 9)}) {
    os::Fd gone = Connected(address_);
    ASSERT_EQ(send(gone.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    gone.Reset();
    os::Fd half_open = Connected(address_);
    ASSERT_EQ(shutdown(half_open.get(), SHUT_WR), 0);
    ExpectAGoodClientIsServed();
  }
  EXPECT_EQ(refused_, 0);
  while (listener_->dropped() < 6) {
    ASSERT_TRUE(listener_->Poll(Deadline::After(1), nullptr).ok());
  }
}

TEST_F(HostileClientsTest, SlowOnesAreServedBesideOthers) {
  Open();
  os::Fd raw = Connected(address_);
  std::thread slow([&] {
    // Speaks the protocol, one byte at a time.
    char challenge[4 + 52];
    ASSERT_EQ(recv(raw.get(), challenge, sizeof challenge, MSG_WAITALL), 56);
    const auto answer =
        AnswerChallenge(absl::string_view(challenge + 4, 52), Side::kListener, kKey);
    for (const char byte : std::string("\0\0\0\x28", 4) + *answer) {
      ASSERT_EQ(send(raw.get(), &byte, 1, 0), 1);
      std::this_thread::yield();
    }
    char welcome[4 + 9];
    EXPECT_EQ(recv(raw.get(), welcome, sizeof welcome, MSG_WAITALL), 13);
    EXPECT_EQ(std::string(welcome + 4, 9), "#WELCOME#");
  });
  for (int i = 0; i < 3; ++i) ExpectAGoodClientIsServed();
  std::atomic<bool> done{false};
  std::thread pump([&] {
    while (!done) listener_->Poll(Deadline::After(kNanosPerMilli), nullptr).IgnoreError();
  });
  slow.join();
  done = true;
  pump.join();
}

TEST_F(HostileClientsTest, AFloodOfReconnectsLeavesNothingBehind) {
  Open();
  ExpectAGoodClientIsServed();
  const size_t descriptors = OpenDescriptors("self").size();
  rusage before = {};
  getrusage(RUSAGE_SELF, &before);
  Child flood([this] {
    for (int i = 0; i < 3000; ++i) {
      os::Fd fd = Connected(address_);
      if (i % 3 == 1) send(fd.get(), "\0\0\0\x02no", 6, MSG_NOSIGNAL);
      if (i % 3 == 2) send(fd.get(), "\x7f", 1, MSG_NOSIGNAL);
    }
    return 0;
  });
  for (int i = 0; i < 5; ++i) ExpectAGoodClientIsServed();
  // Nobody else comes, so the rest of the flood is seen through without one.
  const os::Fd sentinel = testing::Watch(flood.pid());
  while (!testing::HasEnded(sentinel) || *listener_->Poll(Deadline::After(1), nullptr)) {
    const auto none = listener_->Accept(Deadline::After(1), nullptr);
    EXPECT_FALSE(none.ok());
  }
  EXPECT_EQ(flood.Wait(), 0);
  while (listener_->Poll(Deadline::Now(), nullptr).ok() &&
         OpenDescriptors("self").size() > descriptors + 1) {
    listener_->Accept(Deadline::After(kNanosPerMilli), nullptr).status().IgnoreError();
  }
  rusage after = {};
  getrusage(RUSAGE_SELF, &after);
  constexpr long kMaxGrowthKib = 64 * 1024;
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, kMaxGrowthKib);
  ExpectAGoodClientIsServed();
}

TEST_F(HostileClientsTest, AListenerThatIsSilentDoesNotKeepAClient) {
  // Listens, and never accepts.
  Open();
  ClientOptions options;
  options.authenticates = true;
  options.key = kKey;
  const auto none = Connect(address_, options, Deadline::After(20 * kNanosPerMilli), nullptr);
  EXPECT_EQ(CodeOf(none.status()), Code::kTimeout);
}

TEST_F(HostileClientsTest, AFalseListenerIsFoundOut) {
  Ends ends = MakeEnds();
  std::thread listener([&] {
    // Knows what to say, and not the key.
    SendCode(ends.first.get(), *MakeChallenge(Side::kListener));
    ReceiveText(ends.first.get());
    SendCode(ends.first.get(), kWelcome);
    const std::string challenge = ReceiveText(ends.first.get());
    SendCode(ends.first.get(), *AnswerChallenge(challenge, Side::kClient, "a guess"));
    EXPECT_EQ(ReceiveText(ends.first.get()), kFailure);
  });
  EXPECT_EQ(
      CodeOf(Authenticate(ends.second.get(), Side::kClient, kKey, Deadline::Forever(), nullptr)),
      Code::kAuthentication);
  listener.join();
}

}  // namespace
}  // namespace billiard::connection
