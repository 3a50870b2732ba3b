#include "billiard_core/connection/handshake.h"

#include <thread>

#include "absl/strings/escaping.h"
#include "billiard_core/connection/authenticate.h"
#include "tests/core/connection/ends.h"
#include "tests/support/watchdog.h"

namespace billiard::connection {
namespace {

using testing::Watchdog;

class HandshakeTest : public ::testing::Test {
 protected:
  // Both sides over a pipe: the codes of the listener and the client.
  std::pair<Code, Code> Meet(const std::string& of_listener, const std::string& of_client) {
    Ends ends = MakeEnds();
    Code client = Code::kOk;
    std::thread other([&] {
      client = CodeOf(
          Authenticate(ends.second.get(), Side::kClient, of_client, Deadline::Forever(), nullptr));
      if (client != Code::kOk) ends.second->Close();
    });
    const Code listener = CodeOf(
        Authenticate(ends.first.get(), Side::kListener, of_listener, Deadline::Forever(), nullptr));
    other.join();
    return {listener, client};
  }

  Watchdog watchdog_{60};
};

TEST_F(HandshakeTest, TheSameKeyOpensAndAnotherDoesNot) {
  EXPECT_EQ(Meet("key", "key"), std::make_pair(Code::kOk, Code::kOk));
  EXPECT_EQ(Meet("key", "Key"), std::make_pair(Code::kAuthentication, Code::kAuthentication));
  EXPECT_EQ(Meet(std::string(5000, 'k'), std::string(5000, 'k')),
            std::make_pair(Code::kOk, Code::kOk));
  EXPECT_EQ(CodeOf(CheckKey("")), Code::kInvalid);
}

// CONN-63
TEST_F(HandshakeTest, TheDigestIsHmacSha256OfTheChallenge) {
  const auto challenge = MakeChallenge(Side::kListener);
  ASSERT_TRUE(challenge.ok());
  EXPECT_EQ(challenge->substr(0, 20), "#CHALLENGE#{sha256}L");
  EXPECT_EQ(challenge->size(), 52u);
  const auto answer =
      AnswerChallenge("#CHALLENGE#{sha256}L" + std::string(32, 'r'), Side::kListener, "key");
  ASSERT_TRUE(answer.ok());
  // printf '{sha256}L%032d' 0 | tr 0 r | openssl dgst -sha256 -hmac key, by another implementation.
  EXPECT_EQ(*answer,
            "{sha256}" + absl::HexStringToBytes(
                             "ad4f28f185e2ee27fd50aa7c0f0e6245e85e3356e336bbb320bbe6dd3918851b"));
  EXPECT_NE(*MakeChallenge(Side::kListener), *challenge);
}

TEST_F(HandshakeTest, TheKeyAndItsHalvesAreNeverOnTheWire) {
  const std::string key = "a key that is easy to find";
  std::string wire, first, reply, to_client;
  auto listener = Handshake::Begin(Side::kListener, key, &to_client);
  auto client = Handshake::Begin(Side::kClient, key, &first);
  EXPECT_EQ(first, "") << "the listener begins";
  while (!listener->done() || !client->done()) {
    wire += to_client;
    ASSERT_TRUE(client->Step(to_client, &reply).ok());
    wire += reply;
    ASSERT_TRUE(listener->Step(reply, &to_client).ok());
  }
  EXPECT_EQ(wire.find(key.substr(0, 5)), std::string::npos);
}

// CONN-63: nobody gets an answer out of one process that another would take.
TEST_F(HandshakeTest, ReflectedChallengesAreNotAnswered) {
  std::string none, from_client, reply;
  auto victim = Handshake::Begin(Side::kClient, "key", &none);
  auto oracle = Handshake::Begin(Side::kClient, "key", &none);
  // A false listener has the victim answer, pretends to be convinced, and is challenged in its turn.
  const auto challenge = MakeChallenge(Side::kListener);
  ASSERT_TRUE(victim->Step(*challenge, &reply).ok());
  ASSERT_TRUE(victim->Step(kWelcome, &from_client).ok());
  // Neither the victim's twin nor a listener answers that challenge for it.
  EXPECT_EQ(CodeOf(oracle->Step(from_client, &reply)), Code::kAuthentication);
  EXPECT_EQ(reply, "");
  std::string of_listener;
  auto listener = Handshake::Begin(Side::kListener, "key", &of_listener);
  EXPECT_EQ(CodeOf(listener->Step(from_client, &reply)), Code::kAuthentication);
  EXPECT_EQ(reply, kFailure);
  EXPECT_EQ(CodeOf(victim->Step(from_client, &reply)), Code::kAuthentication);
}

TEST_F(HandshakeTest, AnswersOfAnotherLengthOrDigestAreWrong) {
  const auto challenge = MakeChallenge(Side::kListener);
  const auto right = AnswerChallenge(*challenge, Side::kListener, "key");
  ASSERT_TRUE(AnswerIsRight(*challenge, *right, "key"));
  for (size_t i = 0; i < right->size(); ++i) {
    std::string wrong = *right;
    wrong[i] ^= 1;
    EXPECT_FALSE(AnswerIsRight(*challenge, wrong, "key")) << i;
    EXPECT_FALSE(AnswerIsRight(*challenge, right->substr(0, i), "key")) << i;
  }
  EXPECT_FALSE(AnswerIsRight(*challenge, *right + "x", "key"));
  EXPECT_FALSE(AnswerIsRight(*MakeChallenge(Side::kListener), *right, "key"));
}

// test_deliver_challenge_auth_failure
TEST_F(HandshakeTest, ABogusAnswerFailsTheOneWhoChallenged) {
  Ends ends = MakeEnds();
  std::thread bogus([&] {
    ReceiveText(ends.second.get());
    SendCode(ends.second.get(), "something bogus");
    EXPECT_EQ(ReceiveText(ends.second.get()), kFailure);
  });
  const absl::Status status =
      DeliverChallenge(ends.first.get(), "abc", Deadline::Forever(), nullptr);
  EXPECT_EQ(CodeOf(status), Code::kAuthentication);
  EXPECT_EQ(status.message(), "digest received was wrong");
  bogus.join();
}

// test_answer_challenge_auth_failure
TEST_F(HandshakeTest, ABogusVerdictFailsTheOneWhoAnswered) {
  Ends ends = MakeEnds();
  std::thread bogus([&] {
    SendCode(ends.second.get(), *MakeChallenge(Side::kListener));
    ReceiveText(ends.second.get());
    SendCode(ends.second.get(), "something bogus");
  });
  const absl::Status status =
      AnswerDelivered(ends.first.get(), "abc", Deadline::Forever(), nullptr);
  EXPECT_EQ(CodeOf(status), Code::kAuthentication);
  EXPECT_EQ(status.message(), "digest sent was rejected");
  bogus.join();
}

TEST_F(HandshakeTest, AHalfProofIsAProofOfItsHalf) {
  Ends ends = MakeEnds();
  std::thread prover([&] {
    EXPECT_TRUE(AnswerDelivered(ends.second.get(), "abc", Deadline::Forever(), nullptr).ok());
  });
  EXPECT_TRUE(DeliverChallenge(ends.first.get(), "abc", Deadline::Forever(), nullptr).ok());
  prover.join();
}

TEST_F(HandshakeTest, WhatIsNoChallengeGetsNoAnswer) {
  for (const std::string& message :
       {std::string(), std::string("hello"), std::string("#CHALLENGE#"),
        "#CHALLENGE#" + std::string(20, 'm'), "#CHALLENGE#{md5}L" + std::string(32, 'm'),
        *MakeChallenge(Side::kListener) + "x"}) {
    EXPECT_EQ(CodeOf(AnswerChallenge(message, Side::kListener, "key").status()),
              Code::kAuthentication);
  }
}

}  // namespace
}  // namespace billiard::connection
