// Limit of a process that is started, does nothing and is waited for: README.md, "process".
//   process_probe fork|exec|template [--rss_mb=0] [--seconds=0.3]
#include <linux/sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <string>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

extern char** environ;

namespace billiard::limit {
namespace {

void ForkAndJoin() {
  int pidfd = -1;
  clone_args arguments = {};
  arguments.flags = CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  Must(pid >= 0, "clone3");
  if (pid == 0) _exit(0);
  siginfo_t info;
  Must(waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &info, WEXITED) == 0,
       "waitid");
  close(pidfd);
}

void ExecAndJoin() {
  static char name[] = "/bin/true";
  char* const command[] = {name, nullptr};
  pid_t pid = 0;
  Must(posix_spawn(&pid, name, nullptr, nullptr, command, environ) == 0, "posix_spawn");
  Must(waitpid(pid, nullptr, 0) == pid, "waitpid");
}

// A small process, made before anything is in memory, that forks and waits when it is asked to.
class Template {
 public:
  Template() : child_([this] { Serve(); }) { close(sockets_.ends[1]); }
  void ForkAndJoin() {
    char byte = 0;
    Must(send(sockets_.ends[0], &byte, 1, 0) == 1, "send");
    Must(recv(sockets_.ends[0], &byte, 1, 0) == 1, "recv");
  }

 private:
  struct Sockets {
    Sockets() { Must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "socketpair"); }
    int ends[2];
  };
  void Serve() {
    char byte;
    while (recv(sockets_.ends[1], &byte, 1, 0) == 1) {
      limit::ForkAndJoin();
      if (send(sockets_.ends[1], &byte, 1, 0) != 1) return;
    }
  }
  Sockets sockets_;
  Child child_;
};

}  // namespace
}  // namespace billiard::limit

int main(int argc, char** argv) {
  using namespace billiard;
  const benchmarks::Arguments arguments(argc, argv, {{"rss_mb", 0}});
  const std::string& kind = arguments.workload();
  limit::Template small;
  const limit::Ballast ballast(arguments.Size("rss_mb"));
  benchmarks::Figures figures;
  if (kind == "fork") {
    figures = benchmarks::Latency(arguments.seconds(), limit::ForkAndJoin);
  } else if (kind == "exec") {
    figures = benchmarks::Latency(arguments.seconds(), limit::ExecAndJoin);
  } else if (kind == "template") {
    figures = benchmarks::Latency(arguments.seconds(), [&] { small.ForkAndJoin(); });
  } else {
    fprintf(stderr, "usage: process_probe fork|exec|template\n");
    return 2;
  }
  benchmarks::Report("process", kind, figures);
}
