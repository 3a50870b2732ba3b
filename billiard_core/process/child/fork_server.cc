#include "billiard_core/process/child/fork_server.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <map>
#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/os/message.h"
#include "billiard_core/os/threads.h"
#include "billiard_core/process/child/fork_function.h"
#include "billiard_core/process/child/handshake.h"
#include "billiard_core/process/child/preparation.h"
#include "billiard_core/process/child/spawned_child.h"
#include "billiard_core/process/child/start_method.h"

namespace billiard::process {
namespace {

constexpr int kServerFailed = 1;

// I1: children_ has every child that was not reaped; nobody else reaps here. Each has the channel to its
//     starter, which is closed after its end was told.
class Server {
 public:
  explicit Server(int connection) : connection_(connection) {}

  bool TakeSignals() {
    struct sigaction action = {};
    action.sa_handler = SIG_IGN;
    sigaction(SIGINT, &action, &interrupt_action_);  // CTX-54
    action.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &action, &child_action_);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &child, nullptr) != 0) return false;
    deaths_.Reset(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
    return deaths_.valid();
  }

  // Returns when nobody can ask any more.
  void Run() {
    while (true) {
      pollfd entries[] = {{connection_.get(), POLLIN, 0}, {deaths_.get(), POLLIN, 0}};
      if (poll(entries, 2, -1) < 0 && errno != EINTR) return;
      if (entries[1].revents != 0) ReapAll();
      if (entries[0].revents != 0 && !ServeOne()) return;
    }
  }

 private:
  void ReapAll() {
    signalfd_siginfo news;
    while (read(deaths_.get(), &news, sizeof news) > 0) {
    }
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto child = children_.find(pid);
      if (child == children_.end()) continue;
      TellExited(child->second.get(),
                 WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
      children_.erase(child);
    }
  }

  bool ServeOne() {
    char request = 0;
    os::Fd channel;
    const ssize_t size = os::ReceiveMessage(connection_.get(), &request, 1, &channel);
    if (size <= 0) return false;
    if (!channel.valid()) return true;
    const pid_t pid = ChosenForkFunction()();
    if (pid == 0) BecomeChildOfServer(std::move(channel));
    if (pid < 0) {
      TellFailed(channel.get(), Code::kStartFailed, errno, "the fork server can not fork");
    } else {
      children_[pid] = std::move(channel);
    }
    return true;
  }

  // CTX-55
  [[noreturn]] void BecomeChildOfServer(os::Fd channel) {
    connection_.Reset();
    deaths_.Reset();
    children_.clear();
    // As the program's runtime has set them: an interpreter needs its own.
    sigaction(SIGINT, &interrupt_action_, nullptr);
    sigaction(SIGCHLD, &child_action_, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    TellBorn(channel.get());
    std::vector<os::Fd> fds;
    os::Fd file = NextFd(channel.get());
    absl::StatusOr<Preparation> preparation = ReadFromFile(file.get());
    file.Reset();
    if (!preparation.ok()) {
      TellFailed(channel.get(), CodeOf(preparation.status()), 0, preparation.status().message());
      _exit(kServerFailed);
    }
    for (uint32_t i = 0; i < kFirstCallerFd + preparation->caller_fds; ++i) {
      fds.push_back(NextFd(channel.get()));
    }
    RunPrepared(std::move(channel), *std::move(preparation), std::move(fds));
  }

  // Nothing when the starter has gone.
  static os::Fd NextFd(int channel) {
    char byte;
    os::Fd fd;
    os::ReceiveMessage(channel, &byte, 1, &fd);
    return fd;
  }

  os::Fd connection_;
  os::Fd deaths_;
  struct sigaction interrupt_action_ = {};  // before TakeSignals
  struct sigaction child_action_ = {};
  std::map<pid_t, os::Fd> children_;
};

// Only a hint: a module that can not be loaded is left out (CTX-51).
void LoadModules(const std::vector<std::string>& modules) {
  for (const std::string& path : modules) {
    void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
      fprintf(stderr, "billiard: the fork server goes without a module: %s\n", dlerror());
      continue;
    }
    const auto init = reinterpret_cast<int (*)(void**)>(dlsym(module, "bp_module_init"));
    if (init != nullptr) init(nullptr);
  }
}

}  // namespace

void ServeForks(os::Fd channel, int connection, const std::vector<std::string>& preload) {
  Server server(connection);
  LoadModules(preload);
  if (IsForkUnsafe()) {
    TellFailed(channel.get(), Code::kForkUnsafe, 0,
               "the program of the fork server can not fork; name another one, or spawn");
    _exit(kServerFailed);
  }
  if (ChosenForkFunction().run == nullptr && os::ForeignThreads() != 0) {
    TellFailed(channel.get(), Code::kForkUnsafe, 0, "a module of the fork server has made threads");
    _exit(kServerFailed);
  }
  if (!server.TakeSignals()) {
    TellFailed(channel.get(), Code::kOs, errno, "the fork server can not take its signals");
    _exit(kServerFailed);
  }
  TellReady(channel.get());
  channel.Reset();
  server.Run();
  _exit(0);
}

}  // namespace billiard::process
