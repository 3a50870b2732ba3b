// A worker as a command. With arguments it misbehaves instead:
//   other-names   says that it has other tasks than its neighbours (its place is in their names)
//   fail TEXT     says that it could not be set up
//   leave N       ends with status N before it is ready
//   silent        never says that it is ready
//   wait PATH     is ready only once the Gate at PATH was opened
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "billiard_core/pool/worker.h"
#include "tests/core/pool/tasks.h"

namespace billiard::pool {
namespace {

constexpr int kNotAttached = 41;

void WaitAtGate(const char* path) {
  const int gate = open(path, O_RDONLY | O_CLOEXEC);
  char byte;
  while (read(gate, &byte, 1) > 0) {
  }
  close(gate);
}

int Main(int argc, char** argv) {
  const std::string role = argc > 1 ? argv[1] : "";
  if (role == "leave") return atoi(argv[2]);
  absl::StatusOr<std::unique_ptr<Worker>> worker = Worker::Attach();
  if (!worker.ok()) {
    fprintf(stderr, "worker_program: %s\n", worker.status().ToString().c_str());
    return kNotAttached;
  }
  if (role == "fail") return (*worker)->Failed(argv[2]).ok() ? 1 : 2;
  if (role == "silent") return pause();
  if (role == "wait") WaitAtGate(argv[2]);
  if (role == "other-names") {
    return (*worker)->Ready({"task-" + std::to_string((*worker)->place())}).ok() ? pause() : 3;
  }
  RegisterTasks();
  return (*worker)->Run(nullptr).ok() ? (*worker)->exit_status() : 1;
}

}  // namespace
}  // namespace billiard::pool

int main(int argc, char** argv) { return billiard::pool::Main(argc, argv); }
