// A child that does what its data says, in the same words for every start method. The test program is its
// own child, so each test here has the main of acting.cc.
//
//   "exit 7" "_exit 7" "raise 15" "throw" "text words" "sleep"
//   "tell": who it is, in lines, to its first inherited descriptor, which it then closes
//   "grandchild": a child of its own that keeps that descriptor open, then exit 0
//   "nested N": processes within processes, each telling its identity
//   "state": descriptors, signals, folder, environment, in lines as above
//   "runtime": how its program is started and forked, in lines as above
//   "parent of child": the pid of the parent of a child that the child starts by the fork server
//   "branch", "branch of no daemon": the pid of a sleeping child of its own, in words, then sleep
//   "wait": one byte to the first descriptor, then sleep
#ifndef BILLIARD_TESTS_CORE_PROCESS_CHILD_ACTING_H_
#define BILLIARD_TESTS_CORE_PROCESS_CHILD_ACTING_H_

#include <map>
#include <memory>
#include <string>

#include "billiard_core/os/fd.h"
#include "billiard_core/process/child/process.h"

namespace billiard::process {

// A variable of the environment: "forks" has this program fork by a function of its own, "unsafe" has it say
// that it can not fork, "spawns" has it do nothing but spawn a child, whose status it leaves with.
inline constexpr char kRuntime[] = "ACTING_RUNTIME";
inline constexpr char kActing[] = "act";

// Options of an acting child; a fork is forced where a sanitizer forbids it.
ProcessOptions Acting(StartMethod method, std::string data);

std::shared_ptr<Process> Make(ProcessOptions options);
// Made and started; ends the program when it can not be.
std::shared_ptr<Process> Started(ProcessOptions options);

// How it ended, waited for.
int32_t EndOf(const std::shared_ptr<Process>& process);
int32_t RunToTheEnd(StartMethod method, const std::string& data);

// A child that writes to what `text` reads.
class Telling {
 public:
  Telling(StartMethod method, const std::string& data) : Telling(Acting(method, data)) {}
  explicit Telling(ProcessOptions options);
  const std::shared_ptr<Process>& process() const { return process_; }
  // Everything until all writers have closed.
  std::string ReadAll();
  // "name: value" lines.
  std::map<std::string, std::string> ReadFacts();
  char ReadByte();
  // Of a branch.
  pid_t ReadPid();

 private:
  os::Fd reader_;
  std::shared_ptr<Process> process_;
};

// As the kernel tells it.
pid_t ParentOf(pid_t pid);

std::string NameForTest(StartMethod method);

}  // namespace billiard::process

#endif  // BILLIARD_TESTS_CORE_PROCESS_CHILD_ACTING_H_
