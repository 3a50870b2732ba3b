// Option structs know their size: an initializer never writes beyond it, whatever version of the
// struct the caller was compiled with, and a call reads no further than it.
#include <cstring>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"

namespace billiard {
namespace {

constexpr unsigned char kCanary = 0xa5;

// Initializes a buffer as if the struct had `size` bytes, and looks at every byte.
template <typename Options>
void ExpectExactlyThatManyBytes(void (*init)(Options*, size_t), size_t size) {
  SCOPED_TRACE(size);
  constexpr size_t kRoom = sizeof(Options) + 64;
  alignas(Options) unsigned char bytes[kRoom];
  std::memset(bytes, kCanary, kRoom);
  init(reinterpret_cast<Options*>(bytes), size);
  for (size_t i = size; i < kRoom; ++i) ASSERT_EQ(bytes[i], kCanary) << "byte " << i;
  size_t written = 0;
  std::memcpy(&written, bytes, sizeof written);
  EXPECT_EQ(written, size);
  for (size_t i = sizeof(size_t); i < size; ++i) ASSERT_EQ(bytes[i], 0) << "byte " << i;
}

// Every size that an older or newer version can have: whole words, at least the field `size`.
template <typename Options>
void ExpectEveryVersion(void (*init)(Options*, size_t)) {
  for (size_t size = sizeof(size_t); size <= sizeof(Options) + 32; size += 4) {
    ExpectExactlyThatManyBytes(init, size);
  }
  init(nullptr, sizeof(Options));
}

TEST(OptionsInitTest, PoolOptions) { ExpectEveryVersion(bp_pool_options_init); }
TEST(OptionsInitTest, GroupOptions) { ExpectEveryVersion(bp_group_options_init); }
TEST(OptionsInitTest, JobOptions) { ExpectEveryVersion(bp_job_options_init); }
TEST(OptionsInitTest, ImapOptions) { ExpectEveryVersion(bp_imap_options_init); }
TEST(OptionsInitTest, MapOptions) { ExpectEveryVersion(bp_map_options_init); }
TEST(OptionsInitTest, ReadyOptions) { ExpectEveryVersion(bp_ready_options_init); }
TEST(OptionsInitTest, WorkerHooks) { ExpectEveryVersion(bp_worker_hooks_init); }
TEST(OptionsInitTest, QueueOptions) { ExpectEveryVersion(bp_queue_options_init); }
TEST(OptionsInitTest, PipeOptions) { ExpectEveryVersion(bp_pipe_options_init); }
TEST(OptionsInitTest, ConnectionOptions) { ExpectEveryVersion(bp_connection_options_init); }
TEST(OptionsInitTest, ListenerOptions) { ExpectEveryVersion(bp_listener_options_init); }
TEST(OptionsInitTest, ClientOptions) { ExpectEveryVersion(bp_client_options_init); }
TEST(OptionsInitTest, SegmentOptions) { ExpectEveryVersion(bp_segment_options_init); }
TEST(OptionsInitTest, ObjectOptions) { ExpectEveryVersion(bp_object_options_init); }
TEST(OptionsInitTest, ProcessOptions) { ExpectEveryVersion(bp_process_options_init); }
TEST(OptionsInitTest, FinalizerOptions) { ExpectEveryVersion(bp_finalizer_options_init); }

TEST(OptionsInitTest, NothingIsWrittenWhereNotEvenTheSizeFits) {
  unsigned char bytes[sizeof(bp_pool_options)];
  for (size_t size = 0; size < sizeof(size_t); ++size) {
    std::memset(bytes, kCanary, sizeof bytes);
    bp_pool_options_init(reinterpret_cast<bp_pool_options*>(bytes), size);
    for (size_t i = size; i < sizeof bytes; ++i) ASSERT_EQ(bytes[i], kCanary) << "byte " << i;
  }
}

int Answer(bp_job* job, void*) {
  return bp_job_reply(job, "fine", 4, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

void ExpectThatThePoolWorks(const bp_pool_options* options) {
  bp_error* error = nullptr;
  bp_pool* pool = nullptr;
  bp_buffer value = {};
  ASSERT_EQ(bp_pool_create(options, &pool, &error), BP_OK) << bp_error_message(error);
  EXPECT_EQ(bp_apply(pool, "answer", nullptr, 0, nullptr, BP_FOREVER, nullptr, &value, &error),
            BP_OK)
      << bp_error_message(error);
  EXPECT_EQ(std::string(static_cast<char*>(value.data), value.size), "fine");
  bp_buffer_free(&value);
  bp_error_release(error);
  bp_pool_release(pool);
}

// The bytes after an older struct are somebody else's: set to what would be refused if it were read.
TEST(OptionsSizeTest, AnOlderProgramsPoolOptionsAreReadToTheirEnd) {
  ASSERT_EQ(bp_task_register("answer", Answer, nullptr, nullptr), BP_OK);
  for (size_t size : {offsetof(bp_pool_options, groups), offsetof(bp_pool_options, max_jobs),
                      offsetof(bp_pool_options, template_path)}) {
    SCOPED_TRACE(size);
    bp_pool_options options;
    std::memset(&options, kCanary, sizeof options);
    bp_pool_options_init(&options, size);
    options.workers = 1;
    ExpectThatThePoolWorks(&options);
  }
}

struct NewerPoolOptions {
  bp_pool_options known;
  int64_t later;
};

TEST(OptionsSizeTest, ANewerProgramsDefaultsAreAccepted) {
  ASSERT_EQ(bp_task_register("answer", Answer, nullptr, nullptr), BP_OK);
  NewerPoolOptions options;
  bp_pool_options_init(&options.known, sizeof options);
  options.known.workers = 1;
  ExpectThatThePoolWorks(&options.known);
}

// The library can not do what it does not know: saying so beats doing something else.
TEST(OptionsSizeTest, ANewerProgramsUnknownWishIsRefused) {
  NewerPoolOptions options;
  bp_error* error = nullptr;
  bp_pool* pool = nullptr;
  bp_pool_options_init(&options.known, sizeof options);
  options.known.workers = 1;
  options.later = 1;
  EXPECT_EQ(bp_pool_create(&options.known, &pool, &error), BP_INVALID);
  bp_error_release(error);
  bp_pool_release(pool);
}

TEST(OptionsSizeTest, AnOlderProgramsStatsAreFilledToTheirEnd) {
  ASSERT_EQ(bp_task_register("answer", Answer, nullptr, nullptr), BP_OK);
  bp_pool_options options;
  bp_pool* pool = nullptr;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 1;
  ASSERT_EQ(bp_pool_create(&options, &pool, nullptr), BP_OK);
  bp_pool_stats stats;
  std::memset(&stats, kCanary, sizeof stats);
  stats.size = offsetof(bp_pool_stats, workers);
  EXPECT_EQ(bp_pool_get_stats(pool, &stats, nullptr), BP_OK);
  EXPECT_EQ(stats.submitted, 0u);
  int32_t untouched = 0;
  std::memset(&untouched, kCanary, sizeof untouched);
  EXPECT_EQ(stats.workers, untouched);
  EXPECT_EQ(stats.template_pid, untouched);
  bp_pool_release(pool);
}

}  // namespace
}  // namespace billiard
