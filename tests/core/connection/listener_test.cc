#include "billiard_core/connection/listener.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <thread>
#include <vector>

#include "billiard_core/connection/client.h"
#include "tests/core/connection/ends.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/watchdog.h"

namespace billiard::connection {
namespace {

using testing::AwaitSleeping;
using testing::Child;
using testing::OpenDescriptors;
using testing::Watchdog;

// A path of this test's own, in a folder that goes away with it.
class Folder {
 public:
  Folder() { EXPECT_NE(mkdtemp(path_.data()), nullptr); }
  ~Folder() { rmdir(path_.c_str()); }
  std::string socket() const { return path_ + "/s"; }

 private:
  std::string path_ = "/tmp/billiard-listener-XXXXXX";  // a socket's path must be short
};

std::unique_ptr<Listener> Open(const std::string& address, const ListenerOptions& options = {}) {
  auto listener = Listener::Open(address, options);
  EXPECT_TRUE(listener.ok()) << listener.status();
  return listener.ok() ? *std::move(listener) : nullptr;
}

ListenerOptions WithKey(const std::string& key) {
  ListenerOptions options;
  options.authenticates = true;
  options.key = key;
  return options;
}

ClientOptions ClientWithKey(const std::string& key) {
  ClientOptions options;
  options.authenticates = true;
  options.key = key;
  return options;
}

std::unique_ptr<Connection> Connected(const std::string& address,
                                      const ClientOptions& options = {}) {
  auto connection = Connect(address, options, Deadline::Forever(), nullptr);
  EXPECT_TRUE(connection.ok()) << connection.status();
  return connection.ok() ? *std::move(connection) : nullptr;
}

Code AcceptCode(Listener* listener, Deadline deadline = Deadline::Forever()) {
  return CodeOf(listener->Accept(deadline, nullptr).status());
}

class ListenerTest : public ::testing::Test {
 protected:
  Watchdog watchdog_{100};
  Folder folder_;
};

// test_listener_client
TEST_F(ListenerTest, AClientOfEachFamilySpeaksToIt) {
  ListenerOptions inet, inet6;
  inet.family = Family::kInet;
  inet6.family = Family::kInet6;
  std::vector<std::unique_ptr<Listener>> listeners;
  listeners.push_back(Open(""));
  listeners.push_back(Open(folder_.socket()));
  listeners.push_back(Open("", inet));
  // Where the system has it.
  if (auto six = Listener::Open("[::1]:0", inet6); six.ok()) listeners.push_back(*std::move(six));
  for (const auto& listener : listeners) {
    const std::string address = *listener->address();
    EXPECT_EQ(listener->last_accepted(), "");
    Child child([&] {
      auto connection = Connect(address, {}, Deadline::Forever(), nullptr);
      return connection.ok() && SendCode(connection->get(), "hello") == Code::kOk ? 0 : 1;
    });
    auto accepted = listener->Accept(Deadline::Forever(), nullptr);
    ASSERT_TRUE(accepted.ok()) << accepted.status();
    EXPECT_EQ(ReceiveText(accepted->get()), "hello") << address;
    EXPECT_EQ(ReceiveText(accepted->get()), Failure(Code::kEndOfStream));
    EXPECT_EQ(child.Wait(), 0);
    if (address[0] == '1') {
      EXPECT_EQ(listener->last_accepted().substr(0, 10), "127.0.0.1:");
    }
  }
}

TEST_F(ListenerTest, AuthenticatedBothWays) {
  for (const auto& listener :
       {Open("", WithKey("secret")), Open("127.0.0.1:0", WithKey("secret"))}) {
    const std::string address = *listener->address();
    Child child([&] {
      auto connection = Connect(address, ClientWithKey("secret"), Deadline::Forever(), nullptr);
      return connection.ok() && SendCode(connection->get(), "hello") == Code::kOk ? 0 : 1;
    });
    auto accepted = listener->Accept(Deadline::Forever(), nullptr);
    ASSERT_TRUE(accepted.ok()) << accepted.status();
    EXPECT_EQ(ReceiveText(accepted->get()), "hello");
    EXPECT_EQ(child.Wait(), 0);
  }
}

// CONN-44, CONN-64
TEST_F(ListenerTest, AWrongKeyFailsBothAndTheNextClientIsServed) {
  const auto listener = Open(folder_.socket(), WithKey("right"));
  const std::string address = *listener->address();
  for (int round = 0; round < 3; ++round) {
    Child wrong([&] {
      const auto refused = Connect(address, ClientWithKey("wrong"), Deadline::Forever(), nullptr);
      return CodeOf(refused.status()) == Code::kAuthentication ? 0 : 1;
    });
    const absl::Status status = listener->Accept(Deadline::Forever(), nullptr).status();
    EXPECT_EQ(CodeOf(status), Code::kAuthentication);
    EXPECT_EQ(status.message(), "digest received was wrong");
    EXPECT_EQ(wrong.Wait(), 0);
    Child right([&] {
      return Connect(address, ClientWithKey("right"), Deadline::Forever(), nullptr).ok() ? 0 : 1;
    });
    EXPECT_EQ(AcceptCode(listener.get()), Code::kOk);
    EXPECT_EQ(right.Wait(), 0);
  }
}

TEST_F(ListenerTest, ADeadlineATokenAndACloseEndAccept) {
  const auto listener = Open("", WithKey("k"));
  EXPECT_EQ(AcceptCode(listener.get(), Deadline::Now()), Code::kTimeout);
  EXPECT_EQ(AcceptCode(listener.get(), Deadline::After(1'000'000)), Code::kTimeout);
  os::Interrupt interrupt;
  std::thread raiser([&] { interrupt.Raise(); });
  EXPECT_EQ(CodeOf(listener->Accept(Deadline::Forever(), &interrupt).status()), Code::kInterrupted);
  raiser.join();
  std::vector<std::thread> accepting;
  for (int i = 0; i < 3; ++i) {
    accepting.emplace_back([&] { EXPECT_EQ(AcceptCode(listener.get()), Code::kClosed); });
  }
  listener->Close();
  for (std::thread& thread : accepting) thread.join();
  listener->Close();
  const auto address = listener->address();
  EXPECT_EQ(CodeOf(address.status()), Code::kClosed);
  EXPECT_EQ(listener->Accept(Deadline::Forever(), nullptr).status().message(),
            "listener is closed");
}

// CONN-45
TEST_F(ListenerTest, ItsFileIsPrivateAndGoesWithItsMaker) {
  auto listener = Open(folder_.socket());
  struct stat about;
  ASSERT_EQ(stat(folder_.socket().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  Child fork([&] {
    listener->Close();
    return 0;
  });
  EXPECT_EQ(fork.Wait(), 0);
  EXPECT_EQ(stat(folder_.socket().c_str(), &about), 0) << "a fork removed it";
  EXPECT_NE(Connected(folder_.socket()), nullptr) << "a fork closed it";
  listener->Close();
  EXPECT_NE(stat(folder_.socket().c_str(), &about), 0);
}

TEST_F(ListenerTest, ItsFileGoesWhenTheProgramExits) {
  Child child([&]() -> int {
    static Listener* listener = nullptr;
    listener = Open(folder_.socket()).release();  // nobody closes it
    EXPECT_NE(listener, nullptr);
    exit(access(folder_.socket().c_str(), F_OK) == 0 ? 0 : 1);
  });
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_NE(access(folder_.socket().c_str(), F_OK), 0);
}

TEST_F(ListenerTest, ASuccessorsFileIsLeftAlone) {
  auto first = Open(folder_.socket());
  unlink(folder_.socket().c_str());
  auto second = Open(folder_.socket());
  first->Close();
  EXPECT_EQ(access(folder_.socket().c_str(), F_OK), 0);
}

// G-CONN-6: nothing stays of a killed process.
TEST_F(ListenerTest, AnArbitraryAddressVanishesWithItsProcess) {
  Ends ends = MakeEnds();
  Child child([&] {
    const auto listener = Open("");
    SendCode(ends.second.get(), *listener->address());
    AcceptCode(listener.get());
    return 0;
  });
  const std::string address = ReceiveText(ends.first.get());
  EXPECT_NE(Connected(address), nullptr);
  child.Kill();
  child.Wait();
  const auto refused = Connect(address, {}, Deadline::Forever(), nullptr);
  EXPECT_EQ(ErrnoOf(refused.status()), ECONNREFUSED);
  EXPECT_NE(Open(address), nullptr);
}

// CONN-42, CONN-46
TEST_F(ListenerTest, TakenMissingAndRefusingAddressesAreErrorsOfTheSystem) {
  const auto listener = Open("127.0.0.1:0");
  const size_t before = OpenDescriptors("self").size();
  EXPECT_EQ(ErrnoOf(Listener::Open(*listener->address(), {}).status()), EADDRINUSE);
  const std::string missing = folder_.socket();
  EXPECT_EQ(ErrnoOf(Connect(missing, {}, Deadline::Forever(), nullptr).status()), ENOENT);
  EXPECT_EQ(OpenDescriptors("self").size(), before);
  const std::string was = *listener->address();
  listener->Close();
  EXPECT_EQ(ErrnoOf(Connect(was, {}, Deadline::Forever(), nullptr).status()), ECONNREFUSED);
  EXPECT_NE(Open(was), nullptr) << "the address can be used again at once";
}

// CONN-47
TEST_F(ListenerTest, AnEmptyKeyIsRefusedOnBothSides) {
  EXPECT_EQ(CodeOf(Listener::Open("", WithKey("")).status()), Code::kInvalid);
  const auto listener = Open("");
  EXPECT_EQ(
      CodeOf(
          Connect(*listener->address(), ClientWithKey(""), Deadline::Forever(), nullptr).status()),
      Code::kInvalid);
}

TEST_F(ListenerTest, AForkOfAListenerAcceptsToo) {
  const auto listener = Open("", WithKey("k"));
  const std::string address = *listener->address();
  Child child([&] {
    auto accepted = listener->Accept(Deadline::Forever(), nullptr);
    return accepted.ok() && SendCode(accepted->get(), "from the fork") == Code::kOk ? 0 : 1;
  });
  const auto connection = Connected(address, ClientWithKey("k"));
  EXPECT_EQ(ReceiveText(connection.get()), "from the fork");
  EXPECT_EQ(child.Wait(), 0);
  std::thread client([&] { Connected(address, ClientWithKey("k")); });
  EXPECT_EQ(AcceptCode(listener.get()), Code::kOk);
  client.join();
}

// While another thread accepts one client after the other.
TEST_F(ListenerTest, AForkInTheMiddleOfAnAcceptHasAWholeListener) {
  const auto listener = Open("", WithKey("k"));
  const std::string address = *listener->address();
  std::atomic<bool> done{false};
  std::thread accepts([&] {
    while (!done) AcceptCode(listener.get(), Deadline::After(kNanosPerMilli));
  });
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      while (!done) {
        Connect(address, ClientWithKey("k"), Deadline::After(kNanosPerSecond), nullptr)
            .status()
            .IgnoreError();
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    Child child([&] {
      for (int j = 0; j < 3; ++j) {
        if (!listener->Poll(Deadline::Now(), nullptr).ok()) return 1;
      }
      listener->Close();
      return 0;
    });
    EXPECT_EQ(child.Wait(), 0);
  }
  done = true;
  for (std::thread& client : clients) client.join();
  accepts.join();
}

TEST_F(ListenerTest, ItsDescriptorTellsWhenToGoOn) {
  const auto listener = Open("", WithKey("k"));
  const std::string address = *listener->address();
  pollfd entry = {*listener->fd(), POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, 0), 0);
  std::thread client([&] { Connected(address, ClientWithKey("k")); });
  // An event loop: no wait but on the descriptor.
  Code code;
  do {
    ASSERT_EQ(poll(&entry, 1, -1), 1);
    code = AcceptCode(listener.get(), Deadline::Now());
  } while (code == Code::kTimeout);
  EXPECT_EQ(code, Code::kOk);
  client.join();
  EXPECT_FALSE(*listener->Poll(Deadline::Now(), nullptr));
}

TEST_F(ListenerTest, AFullBacklogIsWaitedForToTheDeadline) {
  ListenerOptions options;
  options.backlog = 1;
  const auto listener = Open("", options);
  const std::string address = *listener->address();
  std::vector<std::unique_ptr<Connection>> held;
  for (;;) {
    auto connection = Connect(address, {}, Deadline::After(20'000'000), nullptr);
    if (!connection.ok()) {
      EXPECT_EQ(CodeOf(connection.status()), Code::kTimeout);
      break;
    }
    held.push_back(*std::move(connection));
    ASSERT_LT(held.size(), 1000u);
  }
  std::thread late([&] { EXPECT_NE(Connected(address), nullptr); });
  for (size_t i = 0; i < held.size() + 1; ++i) EXPECT_EQ(AcceptCode(listener.get()), Code::kOk);
  late.join();
}

}  // namespace
}  // namespace billiard::connection
