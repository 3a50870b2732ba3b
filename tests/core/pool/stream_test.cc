// Results one by one, in order and as they come, by both start methods (POOL-61 ...).
#include "billiard_core/pool/stream.h"

#include <poll.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/core/pool/fixture.h"
#include "tests/core/pool/pool_peer.h"

namespace billiard::pool {
namespace {

class StreamTest : public BothStarts {};
BILLIARD_BOTH_STARTS(StreamTest);

StreamOptions Options(bool ordered, uint64_t chunk_size = 1, uint64_t look_ahead = 0) {
  StreamOptions options;
  options.ordered = ordered;
  options.chunk_size = chunk_size;
  options.look_ahead = look_ahead;
  return options;
}

std::unique_ptr<Stream> Open(Pool* pool, const std::string& task, const StreamOptions& options) {
  absl::StatusOr<std::unique_ptr<Stream>> stream = pool->OpenStream(task, options);
  EXPECT_TRUE(stream.ok()) << stream.status();
  return *std::move(stream);
}

struct Taken {
  Code code = Code::kOk;  // of the item, or why there is none
  uint64_t index = UINT64_MAX;
  std::string text;  // value or message
};

Taken Take(Stream* stream, Deadline deadline = Deadline::Forever()) {
  Taken taken;
  StreamItem item;
  JobFailure failure;
  const absl::Status status = stream->Next(
      deadline, nullptr,
      [&](const PayloadView& value) {
        taken.text = std::string(value.bytes());
        return absl::OkStatus();
      },
      &item, &failure);
  if (!status.ok()) {
    taken.code = CodeOf(status);
    return taken;
  }
  taken.index = item.index;
  if (item.failed) {
    taken.code = failure.code;
    taken.text = failure.message;
  }
  return taken;
}

// Puts the numbers from 0 on whenever there is room, and takes until the end.
std::vector<Taken> RunThrough(Stream* stream, int count) {
  std::vector<Taken> all;
  int next = 0;
  while (true) {
    while (next < count && stream->Room() > 0) {
      EXPECT_TRUE(stream->Put(std::to_string(next++), 0).ok());
    }
    if (next == count) {
      EXPECT_TRUE(stream->End().ok());
    }
    const Taken taken = Take(stream);
    if (taken.code == Code::kClosed) return all;
    all.push_back(taken);
  }
}

TEST_P(StreamTest, EveryItemComesInOrder) {
  const auto pool = MakePool(GetParam(), 3);
  for (const uint64_t chunk : {1, 3, 100}) {
    const auto stream = Open(pool.get(), "echo", Options(true, chunk));
    const std::vector<Taken> all = RunThrough(stream.get(), 500);
    ASSERT_EQ(all.size(), 500u) << chunk;
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].index, i);
      EXPECT_EQ(all[i].text, std::to_string(i));
    }
    EXPECT_EQ(Take(stream.get()).code, Code::kClosed) << "again";
  }
}

TEST_P(StreamTest, EveryItemComesOnceWithoutOrder) {
  const auto pool = MakePool(GetParam(), 3);
  for (const uint64_t chunk : {1, 7}) {
    const auto stream = Open(pool.get(), "echo", Options(false, chunk));
    std::multiset<uint64_t> indexes;
    for (const Taken& taken : RunThrough(stream.get(), 500)) {
      EXPECT_EQ(taken.text, std::to_string(taken.index));
      indexes.insert(taken.index);
    }
    ASSERT_EQ(indexes.size(), 500u);
    for (uint64_t i = 0; i < 500; ++i) EXPECT_EQ(indexes.count(i), 1u) << i;
  }
}

TEST_P(StreamTest, WithoutOrderTheFirstThatEndsComesFirst) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  Gate first, second;
  const auto stream = Open(pool.get(), "hold", Options(false));
  EXPECT_TRUE(stream->Put(first.path(), 0).ok());
  EXPECT_TRUE(stream->Put(second.path(), 0).ok());
  EXPECT_TRUE(stream->End().ok());
  first.Meet();
  second.Open();
  EXPECT_EQ(Take(stream.get()).index, 1u);
  EXPECT_EQ(Take(stream.get(), Deadline::After(0)).code, Code::kTimeout);
  first.Open();
  EXPECT_EQ(Take(stream.get()).index, 0u);
  EXPECT_EQ(Take(stream.get()).code, Code::kClosed);
}

TEST_P(StreamTest, InOrderTheSecondWaitsForTheFirst) {
  const auto pool = MakeReadyPool(GetParam(), 2);
  Gate first, second;
  const auto stream = Open(pool.get(), "hold", Options(true));
  EXPECT_TRUE(stream->Put(first.path(), 0).ok());
  EXPECT_TRUE(stream->Put(second.path(), 0).ok());
  first.Meet();
  second.Open();
  Await([&] { return pool->Stats()->succeeded == 1; });
  EXPECT_EQ(Take(stream.get(), Deadline::After(kNanosPerMilli)).code, Code::kTimeout);
  EXPECT_EQ(CodeOf(stream->Wait(Deadline::After(0), nullptr)), Code::kTimeout);
  first.Open();
  EXPECT_TRUE(stream->Wait(Deadline::Forever(), nullptr).ok());
  EXPECT_EQ(Take(stream.get()).index, 0u);
  EXPECT_EQ(Take(stream.get()).index, 1u);
}

TEST_P(StreamTest, AFailingItemFailsAlone) {
  const auto pool = MakePool(GetParam(), 2);
  for (const bool ordered : {true, false}) {
    for (const uint64_t chunk : {1, 4}) {
      // "return" fails for every number but 0.
      const auto stream = Open(pool.get(), "return", Options(ordered, chunk));
      int failed = 0;
      for (const Taken& taken : RunThrough(stream.get(), 6)) {
        if (taken.index == 0) {
          EXPECT_EQ(taken.code, Code::kOk);
          continue;
        }
        EXPECT_EQ(taken.code, Code::kTaskFailed);
        EXPECT_EQ(taken.text, "task returned " + std::to_string(taken.index));
        ++failed;
      }
      EXPECT_EQ(failed, 5);
    }
  }
}

TEST_P(StreamTest, ALostWorkerLosesExactlyTheItemsOfItsJob) {
  const auto pool = MakePool(GetParam(), 2);
  for (const bool ordered : {true, false}) {
    for (const uint64_t chunk : {1, 2}) {
      const auto stream = Open(pool.get(), "die_at", Options(ordered, chunk));
      size_t delivered = 0;
      for (const Taken& taken : RunThrough(stream.get(), 10)) {
        // "die_at" dies of the item 5 and echoes the others.
        const bool lost = taken.index == 5 || (chunk == 2 && taken.index == 4);
        EXPECT_EQ(taken.code, lost ? Code::kWorkerLost : Code::kOk) << taken.index;
        ++delivered;
      }
      EXPECT_EQ(delivered, 10u);
    }
  }
}

TEST_P(StreamTest, NoMoreThanLookAheadJobsAreOut) {
  const auto pool = MakePool(GetParam(), 2);
  const auto stream = Open(pool.get(), "echo", Options(true, 2, 3));
  EXPECT_EQ(stream->Room(), 6u);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(stream->Put("x", 0).ok());
  EXPECT_EQ(stream->Room(), 0u);
  EXPECT_EQ(CodeOf(stream->Put("x", 0)), Code::kFull);
  // Only what was taken makes room, not what has ended.
  Await([&] { return pool->Stats()->succeeded == 3; });
  EXPECT_EQ(stream->Room(), 0u);
  EXPECT_EQ(Take(stream.get()).index, 0u);
  EXPECT_EQ(stream->Room(), 0u);
  EXPECT_EQ(Take(stream.get()).index, 1u);
  EXPECT_EQ(stream->Room(), 2u);
}

TEST_P(StreamTest, AnUnfinishedChunkIsSentWhenItsTakerHasNothingElse) {
  const auto pool = MakePool(GetParam(), 1);
  const auto stream = Open(pool.get(), "echo", Options(true, 100));
  EXPECT_TRUE(stream->Put("alone", 0).ok());
  EXPECT_EQ(Take(stream.get()).text, "alone");
  EXPECT_TRUE(stream->End().ok());
  EXPECT_EQ(Take(stream.get()).code, Code::kClosed);
}

TEST_P(StreamTest, AFailedInputIsToldOnceAfterTheLastItem) {
  const auto pool = MakePool(GetParam(), 2);
  const auto stream = Open(pool.get(), "echo", Options(true));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(stream->Put("x", 0).ok());
  EXPECT_TRUE(stream->FailInput({"Broken", "no more", ""}).ok());
  EXPECT_TRUE(stream->End().ok());
  EXPECT_EQ(CodeOf(stream->Put("x", 0)), Code::kState);
  for (uint64_t i = 0; i < 3; ++i) EXPECT_EQ(Take(stream.get()).index, i);
  const Taken told = Take(stream.get());
  EXPECT_EQ(told.code, Code::kTaskFailed);
  EXPECT_EQ(told.text, "no more");
  EXPECT_EQ(Take(stream.get()).code, Code::kClosed);
}

TEST_P(StreamTest, EndWakesATakerWhoWaitsForMore) {
  const auto pool = MakePool(GetParam(), 1);
  const auto stream = Open(pool.get(), "echo", Options(true));
  std::thread taker([&] { EXPECT_EQ(Take(stream.get()).code, Code::kClosed); });
  EXPECT_TRUE(stream->End().ok());
  taker.join();
}

TEST_P(StreamTest, TakersShareTheItems) {
  const auto pool = MakePool(GetParam(), 3);
  const auto stream = Open(pool.get(), "echo", Options(false, 2));
  std::atomic<int> taken{0};
  std::vector<std::thread> takers;
  for (int t = 0; t < 3; ++t) {
    takers.emplace_back([&] {
      while (Take(stream.get()).code == Code::kOk) ++taken;
    });
  }
  int put = 0;
  while (put < 999) put += stream->Put("x", 0).ok() ? 1 : 0;
  EXPECT_TRUE(stream->End().ok());
  for (std::thread& taker : takers) taker.join();
  EXPECT_EQ(taken, 999);
}

TEST_P(StreamTest, TerminateEndsTheItemsThatAreOutAndNoMoreGoIn) {
  const auto pool = MakeReadyPool(GetParam(), 1);
  Gate gate;
  const auto stream = Open(pool.get(), "hold", Options(true));
  EXPECT_TRUE(stream->Put(gate.path(), 0).ok());
  EXPECT_TRUE(stream->Put(gate.path(), 0).ok());
  gate.Meet();
  EXPECT_TRUE(pool->Terminate().ok());
  EXPECT_EQ(Take(stream.get()).code, Code::kTerminated);
  EXPECT_EQ(Take(stream.get()).code, Code::kTerminated);
  EXPECT_EQ(CodeOf(stream->Put("x", 0)), Code::kState);
  EXPECT_TRUE(stream->End().ok());
  EXPECT_EQ(Take(stream.get()).code, Code::kClosed);
}

TEST_P(StreamTest, ItemsOfAnUnfinishedChunkFailWhenThePoolIsClosed) {
  auto pool = MakePool(GetParam(), 1);
  const auto stream = Open(pool.get(), "echo", Options(true, 10));
  EXPECT_TRUE(stream->Put("a", 0).ok());
  EXPECT_TRUE(stream->Put("b", 0).ok());
  EXPECT_TRUE(pool->Close().ok());
  EXPECT_TRUE(pool->Join(Deadline::Forever(), nullptr).ok());
  pool.reset();  // a stream outlives its pool
  EXPECT_TRUE(stream->End().ok());
  EXPECT_EQ(Take(stream.get()).code, Code::kState);
  EXPECT_EQ(Take(stream.get()).code, Code::kState);
  EXPECT_EQ(Take(stream.get()).code, Code::kClosed);
}

TEST_P(StreamTest, AStreamThatWasForgottenGivesEverythingBack) {
  PoolOptions options = OptionsFor(GetParam(), 2);
  options.max_jobs = 10;
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  const uint64_t before = PoolPeer::BlocksInUse(*pool);
  for (int i = 0; i < 20; ++i) {
    for (const bool ordered : {true, false}) {
      // Takes nine of the ten slots each time.
      const auto stream = Open(pool.get(), "echo", Options(ordered, 1, 8));
      for (int j = 0; j < 8; ++j) EXPECT_TRUE(stream->Put(std::string(1000, 'x'), 0).ok());
      if (i % 2 == 0) {
        EXPECT_EQ(Take(stream.get()).code, Code::kOk);
      }
    }
  }
  Await([&] {
    (void)Apply(pool.get(), "echo");
    return PoolPeer::BlocksInUse(*pool) == before;
  });
}

TEST_P(StreamTest, NewsAreAnnouncedUnderTheStreamsId) {
  const auto pool = MakePool(GetParam(), 2);
  for (const bool ordered : {true, false}) {
    StreamOptions options = Options(ordered);
    options.job.notify = true;
    const auto stream = Open(pool.get(), "echo", options);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(stream->Put("x", 0).ok());
    EXPECT_TRUE(stream->End().ok());
    // As an event loop takes: after each event until there is nothing.
    size_t taken = 0;
    Taken last;
    while (last.code != Code::kClosed) {
      pollfd entry = {pool->events_fd(), POLLIN, 0};
      poll(&entry, 1, -1);
      for (const uint64_t id : ReadEnded(pool.get(), 8)) EXPECT_EQ(id, stream->id());
      while (true) {
        last = Take(stream.get(), Deadline::After(0));
        if (last.code != Code::kOk) break;
        ++taken;
      }
    }
    EXPECT_EQ(taken, 5u);
  }
}

TEST_P(StreamTest, WhatCanNotBeIsRefused) {
  PoolOptions options = OptionsFor(GetParam(), 1);
  options.max_jobs = 4;
  options.max_payload = 1000;
  const auto pool = MakePool(std::move(options));
  AwaitReady(pool.get());
  EXPECT_EQ(CodeOf(pool->OpenStream("echo", Options(true, 1, 4)).status()), Code::kInvalid);
  EXPECT_EQ(CodeOf(pool->OpenStream("nobody", Options(true)).status()), Code::kUnknownTask);
  EXPECT_EQ(CodeOf(pool->OpenStream("", Options(true)).status()), Code::kInvalid);
  const auto stream = Open(pool.get(), "echo", Options(true, 5, 3));
  EXPECT_EQ(CodeOf(stream->Put(std::string(1000, 'x'), 0)), Code::kTooLarge);
  // Items that do not fit into one chunk together make two.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(stream->Put(std::string(400, 'y'), 0).ok());
  EXPECT_TRUE(stream->End().ok());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Take(stream.get()).text, std::string(400, 'y'));
}

TEST_P(StreamTest, AnItemThatItsTakerRefusesIsNotLost) {
  const auto pool = MakePool(GetParam(), 1);
  const auto stream = Open(pool.get(), "echo", Options(true));
  EXPECT_TRUE(stream->Put("kept", 0).ok());
  StreamItem item;
  JobFailure failure;
  const auto refuse = [](const PayloadView&) { return MakeStatus(Code::kNoMem, "no memory"); };
  EXPECT_EQ(CodeOf(stream->Next(Deadline::Forever(), nullptr, refuse, &item, &failure)),
            Code::kNoMem);
  EXPECT_EQ(Take(stream.get()).text, "kept");
}

}  // namespace
}  // namespace billiard::pool
