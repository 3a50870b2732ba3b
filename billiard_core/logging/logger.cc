#include "billiard_core/logging/logger.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/logging/line_format.h"
#include "billiard_core/logging/process_name.h"
#include "billiard_core/logging/whole_write.h"
#include "billiard_core/os/process_lock.h"

namespace billiard::logging {
namespace internal {

std::atomic<int> threshold{INT_MAX};

}  // namespace internal

namespace {

struct Settings {
  int level = kNotSet;
  Sink sink = Sink::kNone;
  int fd = -1;
  std::string path;
  std::string format = kDefaultFormat;
  std::string name = "billiard";
  const Settings* before = nullptr;  // they are few, and somebody may still read them
};

std::atomic<const Settings*> settings{nullptr};  // nullptr: nothing was ever set

const Settings* Current() { return settings.load(std::memory_order_acquire); }

int ThresholdOf(const Settings& now) {
  if (now.sink == Sink::kNone) return INT_MAX;
  return now.level == kNotSet ? kWarning : now.level;
}

template <typename Change>
void ChangeSettings(const Change& change) {
  const Settings* before = Current();
  Settings* made = nullptr;
  do {
    delete made;
    made = before == nullptr ? new Settings : new Settings(*before);
    made->before = before;
    change(made);
  } while (!settings.compare_exchange_strong(before, made, std::memory_order_acq_rel));
  // The last to change the settings is the last to set the threshold, or it sees its successor's.
  const Settings* shown;
  do {
    shown = settings.load(std::memory_order_seq_cst);
    internal::threshold.store(ThresholdOf(*shown), std::memory_order_seq_cst);
  } while (settings.load(std::memory_order_seq_cst) != shown);
}

void UseSink(Sink sink, int fd, const std::string& path, int level) {
  ChangeSettings([&](Settings* made) {
    made->sink = sink;
    made->fd = fd;
    made->path = path;
    if (level != kNotSet) made->level = level;
  });
}

// Held while the sink changes; those who log do not take it.
constinit os::ProcessLock sink_lock;

// The number of the logger's own descriptor; what it names is replaced in place, since another thread may
// be about to write to it.
int own_fd = -1;

// Takes the descriptor over.
int MakeOwn(int fd) {
  if (own_fd < 0) return own_fd = fd;
  dup3(fd, own_fd, O_CLOEXEC);
  close(fd);
  return own_fd;
}

// What the own descriptor names is closed: its number stays, and takes no more bytes.
void LetGo() {
  if (own_fd < 0) return;
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) MakeOwn(nothing);
}

}  // namespace

void Log(int level, absl::string_view message) {
  if (!Enabled(level)) return;
  const Settings* now = Current();
  if (now == nullptr || now->fd < 0) return;
  Line line;
  line.level = level;
  line.message = message;
  line.logger_name = now->name;
  line.process_name = ProcessName();
  line.pid = getpid();
  WriteWhole(now->fd, FormatLine(now->format, line));
}

void SetLevel(int level) {
  ChangeSettings([level](Settings* made) { made->level = level; });
}

int GetLevel() { return Current() == nullptr ? kNotSet : Current()->level; }

Sink GetSink() { return Current() == nullptr ? Sink::kNone : Current()->sink; }

void LogToStderr(int level) {
  const os::ProcessLock::Hold hold(&sink_lock);
  UseSink(Sink::kStderr, STDERR_FILENO, "", level);
  LetGo();
}

absl::Status LogToFile(const std::string& path, int level) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (fd < 0) return OsStatus(errno, "open " + path);
  const os::ProcessLock::Hold hold(&sink_lock);
  UseSink(Sink::kFile, MakeOwn(fd), path, level);
  return absl::OkStatus();
}

absl::Status LogToDescriptor(int fd, int level) {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (copy < 0) return OsStatus(errno, "fcntl F_DUPFD_CLOEXEC");
  const os::ProcessLock::Hold hold(&sink_lock);
  UseSink(Sink::kDescriptor, MakeOwn(copy), "", level);
  return absl::OkStatus();
}

void StopLogging() {
  const os::ProcessLock::Hold hold(&sink_lock);
  UseSink(Sink::kNone, -1, "", kNotSet);
  LetGo();
}

void SetFormat(absl::string_view format) {
  ChangeSettings([format](Settings* made) {
    made->format = format.empty() ? kDefaultFormat : std::string(format);
  });
}

void SetLoggerName(absl::string_view name) {
  ChangeSettings([name](Settings* made) { made->name = std::string(name); });
}

std::string FilePath() { return Current() == nullptr ? "" : Current()->path; }

std::string Format() { return Current() == nullptr ? kDefaultFormat : Current()->format; }

std::string LoggerName() { return Current() == nullptr ? Settings().name : Current()->name; }

}  // namespace billiard::logging
