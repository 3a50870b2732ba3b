#include "billiard_core/logging/whole_write.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace billiard::logging {
namespace {

// Keeps SIGPIPE from this thread, and takes back the one that a write of ours has made.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now = {};
    if (broken_ && !was_pending_) sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  void SawBrokenPipe() { broken_ = true; }

 private:
  sigset_t pipe_;
  sigset_t before_;
  bool was_pending_ = false;
  bool broken_ = false;
};

}  // namespace

void WriteWhole(int fd, absl::string_view line) {
  const int saved = errno;
  {
    WithoutSigpipe guard;
    while (!line.empty()) {
      const ssize_t written = write(fd, line.data(), line.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == EPIPE) guard.SawBrokenPipe();
      if (written <= 0) break;
      line.remove_prefix(static_cast<size_t>(written));
    }
  }
  errno = saved;
}

}  // namespace billiard::logging
