// Whole trees of processes, with pools, queues, locks, listeners and children by every start method, are killed
// at random moments: nothing of them stays in /dev/shm or /tmp but names, and those go when anybody uses a name
// again (G-CTX-2, G-UTIL-6).
//
// BILLIARD_STORM_SEED repeats a storm as far as chance allows. The program is its own child.
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "billiard/bp.h"
#include "gtest/gtest.h"
#include "tests/support/child/child.h"
#include "tests/support/processes.h"
#include "tests/support/sanitizer.h"
#include "tests/support/storm.h"
#include "tests/support/watchdog.h"

namespace billiard {
namespace {

using testing::Child;
using testing::kLongStorm;

constexpr int kTrees = kLongStorm ? 500 : testing::kSanitized ? 6 : 30;
constexpr int kLongestLifeMs = 120;
constexpr char kQueue[] = "storm-of-trees-q";

uint32_t Seed() {
  const char* given = getenv("BILLIARD_STORM_SEED");
  return given != nullptr ? static_cast<uint32_t>(strtoul(given, nullptr, 10))
                          : std::random_device()();
}

// ---- the tree ----

void Start(const char* method, const char* entry, int32_t daemon) {
  bp_process_options options;
  bp_process_options_init(&options, sizeof options);
  bp_context_get(method, &options.context, nullptr);
  options.entry = entry;
  options.daemon = daemon;
  options.force_fork = 1;
  bp_process* process = nullptr;
  if (bp_process_create(&options, &process, nullptr) == BP_OK) bp_process_start(process, nullptr);
}

// One of everything that a process may have in shared memory or in a file, for as long as it lives.
void UseEverything() {
  bp_object_options named;
  bp_object_options_init(&named, sizeof named);
  named.name = "storm-of-trees-l";
  bp_lock* lock = nullptr;
  bp_lock_create(&named, &lock, nullptr);
  named.name = "storm-of-trees-e";
  bp_event* event = nullptr;
  bp_event_create(&named, &event, nullptr);
  bp_queue* shared = nullptr;
  bp_queue_open(kQueue, nullptr, &shared, nullptr);
  bp_queue* own = nullptr;
  bp_queue_create(nullptr, &own, nullptr);
  bp_memory* memory = nullptr;
  bp_memory_create(1 << 20, nullptr, &memory, nullptr);
  bp_segment* segment = nullptr;
  bp_segment_create(nullptr, &segment, nullptr);
  bp_listener* listener = nullptr;
  bp_listener_open(nullptr, nullptr, &listener, nullptr);
  while (true) {
    bp_lock_acquire(lock, BP_FOREVER, nullptr, nullptr);
    bp_queue_put(own, "mine", 4, BP_FORMAT_RAW, 0, nullptr, nullptr);
    bp_queue_put(shared, "ours", 4, BP_FORMAT_RAW, 0, nullptr, nullptr);
    bp_lock_unlock(lock, nullptr);
    bp_buffer buffer = {};
    bp_queue_get(shared, 1'000'000, nullptr, &buffer, nullptr);
    bp_buffer_free(&buffer);
  }
}

int32_t Twig(const void*, size_t, void*) {
  UseEverything();
  return 0;
}

int32_t Branch(const void*, size_t, void*) {
  Start("fork", "twig", 1);
  UseEverything();
  return 0;
}

int Answer(bp_job* job, void*) {
  return bp_job_reply(job, "", 0, BP_FORMAT_RAW, nullptr) == BP_OK ? 0 : 1;
}

int Root() {
  bp_pool_options options;
  bp_pool_options_init(&options, sizeof options);
  options.workers = 2;
  options.force_fork = 1;
  options.name = "storm-of-trees-p";
  bp_pool* pool = nullptr;
  bp_pool_create(&options, &pool, nullptr);
  for (const char* method : {"fork", "spawn", "forkserver"}) Start(method, "branch", -1);
  bp_result* result = nullptr;
  if (pool != nullptr) bp_apply_async(pool, "answer", "", 0, nullptr, &result, nullptr);
  UseEverything();
  return 0;
}

// ---- the storm ----

bool WriteFile(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// Gives this process a /dev/shm and a /tmp of its own, so that all that is in them is of the tree.
bool GetOwnFolders() {
  const std::string user = std::to_string(getuid()), group = std::to_string(getgid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  return WriteFile("/proc/self/setgroups", "deny") &&
         WriteFile("/proc/self/uid_map", "0 " + user + " 1") &&
         WriteFile("/proc/self/gid_map", "0 " + group + " 1") &&
         mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("none", "/dev/shm", "tmpfs", 0, nullptr) == 0 &&
         mount("none", "/tmp", "tmpfs", 0, nullptr) == 0;
}

std::set<std::string> FilesIn(const char* folder) {
  std::set<std::string> names;
  DIR* entries = opendir(folder);
  if (entries == nullptr) return names;
  while (const dirent* entry = readdir(entries)) {
    if (entry->d_name[0] != '.') names.insert(std::string(folder) + "/" + entry->d_name);
  }
  closedir(entries);
  return names;
}

// What of the tree is there. Without folders of one's own: what bears its names.
std::set<std::string> Left(bool own_folders) {
  std::set<std::string> left;
  for (const char* folder : {"/dev/shm", "/tmp"}) {
    for (const std::string& name : FilesIn(folder)) {
      if (own_folders || name.find("storm-of-trees") != name.npos) left.insert(name);
    }
  }
  return left;
}

void CollectDescendants(pid_t pid, std::vector<pid_t>* all) {
  for (const pid_t child : testing::ChildrenOf(pid)) {
    all->push_back(child);
    CollectDescendants(child, all);
  }
}

// Kills in any order, until nobody is left; the root may go alone first.
void KillTree(pid_t root, std::mt19937* random) {
  if ((*random)() % 3 == 0) {
    kill(root, SIGKILL);
    usleep((*random)() % 5'000);
  }
  for (;;) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    std::vector<pid_t> all;
    CollectDescendants(getpid(), &all);
    if (all.empty()) return;
    std::shuffle(all.begin(), all.end(), *random);
    for (const pid_t pid : all) kill(pid, SIGKILL);
  }
}

int Storm(uint32_t seed) {
  const bool own_folders = GetOwnFolders();
  if (!own_folders) fprintf(stderr, "no folders of one's own: looking at names alone\n");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::mt19937 random(seed);
  int with_names = 0;
  for (int i = 0; i < kTrees; ++i) {
    const pid_t root = fork();
    if (root == 0) _exit(Root());
    usleep(random() % (kLongestLifeMs * 1'000));
    KillTree(root, &random);
    const std::set<std::string> left = Left(own_folders);
    for (const std::string& name : left) {
      if (name.find("/dev/shm/billiard-") == 0) continue;
      fprintf(stderr, "tree %d left %s\n", i, name.c_str());
      return 1;
    }
    if (!left.empty()) ++with_names;
    // Anybody who uses any name takes the others away.
    bp_queue* queue = nullptr;
    if (bp_queue_open("storm-of-trees-other", nullptr, &queue, nullptr) != BP_OK) return 2;
    bp_queue_release(queue);
    for (const std::string& name : Left(own_folders)) {
      fprintf(stderr, "tree %d left for good %s\n", i, name.c_str());
      return 3;
    }
  }
  fprintf(stderr, "%d of %d trees left names\n", with_names, kTrees);
  return with_names > 0 ? 0 : 4;  // they lived long enough to have some
}

TEST(TreeKillTest, NothingIsLeft) {
  const testing::Watchdog watchdog(kLongStorm ? 1'200 : 280);
  const uint32_t seed = Seed();
  fprintf(stderr, "seed %u\n", seed);
  Child storm([&] {
    alarm(kLongStorm ? 1'100 : 250);
    return Storm(seed);
  });
  EXPECT_EQ(storm.Wait(), 0);
}

}  // namespace
}  // namespace billiard

int main(int argc, char** argv) {
  bp_entry_register("branch", billiard::Branch, nullptr, nullptr);
  bp_entry_register("twig", billiard::Twig, nullptr, nullptr);
  bp_task_register("answer", billiard::Answer, nullptr, nullptr);
  bp_freeze_support(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
