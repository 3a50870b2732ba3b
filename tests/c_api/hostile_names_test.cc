// Names behind which lies something else than what is asked for: foreign files, cut ones, other kinds, other
// versions, files that others may read or own. All are refused with an error, and left as they were.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/c_api/invalid_argument.h"

namespace billiard {
namespace {

// Opens the thing of this name, and closes it again when that worked.
template <typename Handle, typename Create>
bp_status TryOptions(const char* name, uint32_t flags, void (*release)(Handle*), bp_error** error,
                     Create create) {
  bp_object_options options;
  bp_object_options_init(&options, sizeof options);
  options.name = name;
  options.flags = flags;
  Handle* handle = nullptr;
  const bp_status status = create(&options, &handle, error);
  release(handle);
  return status;
}

struct Named {
  char letter;
  const char* kind;
  bp_status (*open)(const char* name, bp_error** error);
};
std::ostream& operator<<(std::ostream& out, const Named& named) { return out << named.kind; }

const Named kNamed[] = {
    {'l', "lock",
     [](auto* name, auto** e) { return TryOptions(name, 0, bp_lock_release, e, bp_lock_create); }},
    {'r', "rlock",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_rlock_release, e, bp_rlock_create);
     }},
    {'s', "semaphore",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_semaphore_release, e,
                         [](auto* options, auto** out, auto** error) {
                           return bp_semaphore_create(1, options, out, error);
                         });
     }},
    {'b', "bounded_semaphore",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_semaphore_release, e,
                         [](auto* options, auto** out, auto** error) {
                           return bp_bounded_semaphore_create(1, options, out, error);
                         });
     }},
    {'t', "tracked_semaphore",
     [](auto* name, auto** e) {
       return TryOptions(name, BP_TRACKED, bp_semaphore_release, e,
                         [](auto* options, auto** out, auto** error) {
                           return bp_bounded_semaphore_create(1, options, out, error);
                         });
     }},
    {'c', "condition",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_condition_release, e, bp_condition_create);
     }},
    {'e', "event",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_event_release, e, bp_event_create);
     }},
    {'w', "barrier",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_barrier_release, e,
                         [](auto* options, auto** out, auto** error) {
                           return bp_barrier_create(2, BP_FOREVER, options, out, error);
                         });
     }},
    {'v', "value",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_value_release, e, [](auto* options, auto** out, auto** error) {
         return bp_value_create("i", nullptr, 0, options, out, error);
       });
     }},
    {'a', "array",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_array_release, e, [](auto* options, auto** out, auto** error) {
         return bp_array_create("i", 3, nullptr, 0, options, out, error);
       });
     }},
    {'y', "memory",
     [](auto* name, auto** e) {
       return TryOptions(name, 0, bp_memory_release, e,
                         [](auto* options, auto** out, auto** error) {
                           return bp_memory_create(100, options, out, error);
                         });
     }},
    {'m', "segment",
     [](auto* name, auto** e) {
       bp_segment* segment = nullptr;
       const bp_status status = bp_segment_open(name, nullptr, &segment, e);
       bp_segment_release(segment);
       return status;
     }},
    {'q', "queue",
     [](auto* name, auto** e) {
       bp_queue* queue = nullptr;
       const bp_status status = bp_queue_open(name, nullptr, &queue, e);
       bp_queue_release(queue);
       return status;
     }},
};

class HostileNamesTest : public ::testing::TestWithParam<Named> {
 protected:
  HostileNamesTest() : name_("hostile-" + std::to_string(getpid()) + "-" + GetParam().kind) {}
  ~HostileNamesTest() override {
    shm_unlink(Object(GetParam().letter).c_str());
    bp_event_release(event_);
    bp_queue_release(queue_);
  }

  std::string Object(char letter) const { return std::string("/billiard-") + letter + "-" + name_; }
  int MakeFile(mode_t mode = 0600) {
    const int fd = shm_open(Object(GetParam().letter).c_str(), O_RDWR | O_CREAT | O_EXCL, mode);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(fchmod(fd, mode), 0);  // whatever the umask is
    return fd;
  }
  bp_status Open() { return GetParam().open(name_.c_str(), nullptr); }
  void ExpectCorrupt(const std::string& what) {
    bp_error* error = nullptr;
    EXPECT_EQ(GetParam().open(name_.c_str(), &error), BP_CORRUPT)
        << what << ": " << bp_error_message(error);
    bp_error_release(error);
    struct stat facts;
    const int fd = shm_open(Object(GetParam().letter).c_str(), O_RDONLY, 0);
    EXPECT_GE(fd, 0) << what << ": it was removed";
    EXPECT_EQ(fstat(fd, &facts), 0);
    close(fd);
  }

  // The first bytes of a living segment of an event, or of a queue, of this name.
  std::vector<char> BytesOf(char letter) {
    bp_object_options options;
    bp_object_options_init(&options, sizeof options);
    options.name = name_.c_str();
    if (letter == 'q') {
      EXPECT_EQ(bp_queue_open(name_.c_str(), nullptr, &queue_, nullptr), BP_OK);
    } else {
      EXPECT_EQ(bp_event_create(&options, &event_, nullptr), BP_OK);
    }
    std::vector<char> bytes(8192);
    const int fd = shm_open(Object(letter).c_str(), O_RDONLY, 0);
    EXPECT_EQ(pread(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    struct stat facts;
    EXPECT_EQ(fstat(fd, &facts), 0);
    whole_ = static_cast<uint64_t>(facts.st_size);
    close(fd);
    return bytes;
  }
  void Write(int fd, const std::vector<char>& bytes, uint64_t size) {
    EXPECT_EQ(pwrite(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    EXPECT_EQ(ftruncate(fd, static_cast<off_t>(size)), 0);
  }

  const std::string name_;
  uint64_t whole_ = 0;  // bytes of the file that BytesOf read
  bp_event* event_ = nullptr;
  bp_queue* queue_ = nullptr;
};

TEST_P(HostileNamesTest, ForeignFiles) {
  const int fd = MakeFile();
  ASSERT_EQ(write(fd, "hello", 5), 5);
  ExpectCorrupt("a word");
  ASSERT_EQ(ftruncate(fd, 1 << 20), 0);
  ExpectCorrupt("a word and zeros");
  close(fd);
}

TEST_P(HostileNamesTest, FilesOfOthers) {
  int fd = MakeFile(0644);
  ExpectCorrupt("others may read it");
  ASSERT_EQ(fchmod(fd, 0660), 0);
  ExpectCorrupt("the group may write it");
  ASSERT_EQ(fchmod(fd, 0600), 0);
  // Only where the test may give files away; the kernel may be the one that refuses then.
  if (geteuid() == 0 && fchown(fd, 12345, 12345) == 0) {
    EXPECT_LT(Open(), 0);
    ASSERT_EQ(fchown(fd, 0, 0), 0);
  }
  EXPECT_EQ(Open(), BP_OK) << "an empty one of our own is made anew";
  close(fd);
}

TEST_P(HostileNamesTest, WhatIsNoFile) {
  const std::string path = "/dev/shm" + Object(GetParam().letter);
  ASSERT_EQ(symlink("/dev/null", path.c_str()), 0);
  EXPECT_EQ(Open(), BP_CORRUPT);
  EXPECT_EQ(unlink(path.c_str()), 0) << "it was removed";
  ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
  EXPECT_EQ(Open(), BP_CORRUPT);
  EXPECT_EQ(rmdir(path.c_str()), 0) << "it was removed";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(Open(), BP_CORRUPT);
  EXPECT_EQ(unlink(path.c_str()), 0) << "it was removed";
}

// What this name would have if its maker had had another kind of thing in mind.
TEST_P(HostileNamesTest, AnotherKind) {
  const char letter = GetParam().letter;
  const char other = letter == 'q' ? 'e' : 'q';
  BytesOf(other);
  const std::string directory = "/dev/shm";
  ASSERT_EQ(link((directory + Object(other)).c_str(), (directory + Object(letter)).c_str()), 0);
  ExpectCorrupt("a living thing of another kind of segment");
  ASSERT_EQ(shm_unlink(Object(letter).c_str()), 0);
  if (letter == 'e' || letter == 'q' || letter == 'm') return;  // an object's segment is a segment
  BytesOf('e');
  ASSERT_EQ(link((directory + Object('e')).c_str(), (directory + Object(letter)).c_str()), 0);
  ExpectCorrupt("a living object of another kind");
}

TEST_P(HostileNamesTest, CutFilesAndOtherVersions) {
  const char letter = GetParam().letter;
  if (letter == 'e') return;  // its name is the one that the bytes are of; the others see them all
  const std::vector<char> good = BytesOf('e');
  const int fd = MakeFile();
  for (const uint64_t size : {uint64_t{1}, uint64_t{63}, uint64_t{64}, uint64_t{4096},
                              uint64_t{8192}, whole_ / 2, whole_ - 1}) {
    Write(fd, good, size);
    ExpectCorrupt("cut to " + std::to_string(size));
  }
  // Bytes 8 and 9 are the major version, 12 to 15 the kind.
  for (const size_t place : {0u, 8u, 9u, 12u, 15u}) {
    std::vector<char> bad = good;
    bad[place] = static_cast<char>(bad[place] + 1);
    Write(fd, bad, whole_);
    ExpectCorrupt("byte " + std::to_string(place));
  }
  close(fd);
}

TEST_P(HostileNamesTest, NamesThatAreNone) {
  const std::string too_long(201, 'x');
  for (const char* name : {"", "/", "a/b", "../a", too_long.c_str()}) {
    ExpectInvalid([&](bp_error** error) { return GetParam().open(name, error); }, "name");
  }
  const std::string longest = std::to_string(getpid()) + std::string(190, 'x');
  EXPECT_EQ(GetParam().open(longest.c_str(), nullptr), BP_OK);
}

INSTANTIATE_TEST_SUITE_P(EveryKind, HostileNamesTest, ::testing::ValuesIn(kNamed),
                         [](const auto& named) { return std::string(named.param.kind); });

}  // namespace
}  // namespace billiard
