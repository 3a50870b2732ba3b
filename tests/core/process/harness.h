// A template with its shared entries, for tests of both start methods.
#ifndef BILLIARD_TESTS_CORE_PROCESS_HARNESS_H_
#define BILLIARD_TESTS_CORE_PROCESS_HARNESS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "billiard_core/os/memory_map.h"
#include "billiard_core/process/template.h"

namespace billiard::process {

enum class Mode { kForked, kSpawned };

using Roles = std::vector<std::vector<std::string>>;  // one per group, see role.h

class Harness {
 public:
  // Makes what workers and tests share; the template is started by Start.
  Harness(Mode mode, Roles roles, int places = 1);

  absl::Status TryStart();
  void Start();

  Template* operator->() { return template_.get(); }
  Template& operator*() { return *template_; }
  void Release() { template_.reset(); }

  // The next event, waited for as long as it takes (tests have a watchdog).
  Template::Event Next();

  // Asks for a worker and waits until it exists. Returns its kStarted.
  Template::Event StartWorker(int place = 0, uint32_t incarnation = 1, int group = 0);

  // The next line that a worker reported.
  std::string ReadLine();
  // The same, as "<what> <rest>"; ends the program when it is about
  // something else.
  std::string ReadReport(const std::string& what);
  pid_t ReadPid(const std::string& what) { return std::stoi(ReadReport(what)); }
  // What the next `count` lines name, in any order.
  std::map<std::string, pid_t> ReadPids(int count);
  // Pidfds of the processes that the next `count` lines name, whatever they are.
  std::vector<os::Fd> WatchReported(int count);
  void WriteReport(const std::string& what, pid_t pid);
  // Waits until every process that can report has ended, and returns what is left to read.
  std::string ReadToTheEnd();

  // Lets `count` waiting workers go.
  void OpenGate(int count = 1);

  const ChildEntry& entry(int place) const { return entries_[place]; }
  void ReplaceCommand(std::vector<std::string> argv) { command_ = std::move(argv); }
  ForkHooks& hooks() { return hooks_; }

 private:
  static int ForkedMain(int place, uint32_t incarnation, int group, void* harness);
  std::vector<TemplateCommand> Groups() const;

  const Mode mode_;
  const Roles roles_;
  const int places_;
  os::Fd segment_;
  os::MemoryMap map_;
  ChildEntry* entries_;
  os::Fd report_reader_, report_writer_;
  os::Fd gate_reader_, gate_writer_;
  std::vector<std::string> command_;
  ForkHooks hooks_;
  std::unique_ptr<Template> template_;
};

std::string ModeName(Mode mode);

}  // namespace billiard::process

#endif  // BILLIARD_TESTS_CORE_PROCESS_HARNESS_H_
