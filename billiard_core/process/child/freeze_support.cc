#include "billiard_core/process/child/freeze_support.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "billiard_core/base/status.h"
#include "billiard_core/process/child/self.h"
#include "billiard_core/process/child/spawned_child.h"

namespace billiard::process {
namespace {

constexpr int kUsage = 2;
constexpr char kMarker[] = "--billiard-fork";
constexpr char kChannel[] = "pipe_handle=";
constexpr char kFile[] = "data_handle=";

// Where the marker stands, which its first value follows at once; -1: nowhere, whoever else may use the word.
int FindMarker(const std::vector<absl::string_view>& words) {
  for (int i = static_cast<int>(words.size()) - 2; i >= 0; --i) {
    if (words[i] == kMarker && absl::StartsWith(words[i + 1], kChannel)) return i;
  }
  return -1;
}

// "name=7" behind the marker; -1 without.
int NumberOf(absl::string_view name, const std::vector<absl::string_view>& words, int marker) {
  for (size_t i = static_cast<size_t>(marker) + 1; i < words.size(); ++i) {
    absl::string_view value = words[i];
    int number = -1;
    if (absl::ConsumePrefix(&value, name) && absl::SimpleAtoi(value, &number)) return number;
  }
  return -1;
}

bool WasStartedAsChild() {
  std::ifstream file("/proc/self/cmdline");
  const std::string line((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return FindMarker(absl::StrSplit(line, '\0')) >= 0;
}

}  // namespace

std::vector<std::string> MarkerOfChild(int channel, int file) {
  return {kMarker, absl::StrCat(kChannel, channel), absl::StrCat(kFile, file),
          absl::StrCat("parent_pid=", getpid())};
}

void FreezeSupport(int argc, const char* const* argv) {
  if (argv == nullptr) return;
  const std::vector<absl::string_view> words(argv, argv + argc);
  const int marker = FindMarker(words);
  if (marker < 0) return;
  const int channel = NumberOf(kChannel, words, marker);
  const int file = NumberOf(kFile, words, marker);
  if (channel < 0 || file < 0) {
    fprintf(stderr, "%s: this argument is for Billiard's own use\n", kMarker);
    exit(kUsage);
  }
  RunSpawnedChild(channel, file);
}

absl::Status CheckFrozen() {
  static const bool started_as_child = WasStartedAsChild();
  if (!started_as_child || Self().parent_pid != 0) return absl::OkStatus();
  return MakeStatus(Code::kState,
                    "this program was started as a child, but runs as if it were none: call "
                    "bp_freeze_support(argc, argv) first thing in main, after the registration of "
                    "entries");
}

}  // namespace billiard::process
