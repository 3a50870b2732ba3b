// What the host says about one group of workers.
#ifndef BILLIARD_CORE_PROCESS_TEMPLATE_COMMAND_H_
#define BILLIARD_CORE_PROCESS_TEMPLATE_COMMAND_H_

#include <string>
#include <vector>

namespace billiard::process {

// How the workers of one group are started; its index in the list is the `group` of RequestStart.
struct TemplateCommand {
  // Executed, argv[0] looked up in the PATH of the group's environment. Empty: a forked group,
  // whose workers run ForkHooks::child_main; the rest is then unused.
  std::vector<std::string> argv;
  // "NAME=value", added to the host's environment of this moment or replacing parts of it.
  std::vector<std::string> environment;
  // The worker finds these as descriptors 3, 4, ... and no others but 0, 1 and 2. Borrowed during
  // the Start call only.
  std::vector<int> fds;
  // The worker finds BILLIARD_WORKER=<worker_prefix><place>:<incarnation> in its environment.
  std::string worker_prefix;
};

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_TEMPLATE_COMMAND_H_
