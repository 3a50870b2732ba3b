#include "tests/stress/storm_book.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "billiard_core/pool/task_registry.h"
#include "billiard_core/pool/worker.h"

namespace billiard::stress {
namespace {

using pool::Job;
using pool::TaskRegistry;
using pool::Worker;

Book* book_of_tasks = nullptr;

int StormTask(Job& job) {
  JobHead head;
  memcpy(&head, job.argument().data, sizeof head);
  book_of_tasks->begun[head.index].fetch_add(1);
  for (uint32_t i = 0; i < head.spins; ++i) asm volatile("");
  while (head.work == Work::kUntilSoftLimit && !job.SoftLimitReached()) {
  }
  while (head.work == Work::kUntilHardLimit) pause();
  book_of_tasks->replying[head.index].store(1);
  return job.Reply(job.argument().bytes(), 0).ok() ? 0 : 1;
}

Book* MapBook(int fd) {
  void* mapped = mmap(nullptr, sizeof(Book), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) abort();
  return static_cast<Book*>(mapped);
}

void RegisterStormTask() {
  if (!TaskRegistry::OfProcess().Register(kStormTask, StormTask, {}).ok()) abort();
}

}  // namespace

StormBook::StormBook() : memory_(memfd_create("storm-book", MFD_CLOEXEC)) {
  if (ftruncate(memory_.get(), sizeof(Book)) != 0) abort();
  book_ = MapBook(memory_.get());
  book_of_tasks = book_;
  RegisterStormTask();
}

StormBook::~StormBook() {
  munmap(book_, sizeof(Book));
  book_of_tasks = nullptr;
}

std::string StormBook::Variable() const {
  return absl::StrCat(kBookVariable, "=/proc/", getpid(), "/fd/", memory_.get());
}

int ServeStorm(const char* where) {
  const os::Fd memory(open(where, O_RDWR | O_CLOEXEC));
  if (!memory.valid()) return 40;  // the test has ended
  book_of_tasks = MapBook(memory.get());
  RegisterStormTask();
  const absl::StatusOr<std::unique_ptr<Worker>> worker = Worker::Attach();
  if (!worker.ok()) return 41;  // the pool has ended
  return (*worker)->Run(nullptr).ok() ? (*worker)->exit_status() : 1;
}

}  // namespace billiard::stress
