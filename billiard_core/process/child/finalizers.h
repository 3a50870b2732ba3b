// Functions that this process runs when it ends (UTIL-60 to UTIL-65), and those that a forked child runs
// when it begins (UTIL-69). Both lists belong to one process: a child begins with no finalizer, and with its
// parent's hooks.
//
// Threads: any; the functions run without any lock.
#ifndef BILLIARD_CORE_PROCESS_CHILD_FINALIZERS_H_
#define BILLIARD_CORE_PROCESS_CHILD_FINALIZERS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace billiard::process {

// Returned by hand-run finalizers; a failure (not 0) at exit is reported on stderr.
using FinalizerFunction = std::function<int32_t()>;

class Finalizer {
 public:
  // Without a priority it does not run at exit.
  static std::shared_ptr<Finalizer> Register(FinalizerFunction function,
                                             std::optional<int32_t> priority);

  // Runs the function, unless it has run, was cancelled, or is another process's; its value then.
  std::optional<int32_t> Run();
  void Cancel() { Take(); }
  bool IsActive() const;

 private:
  friend void RunFinalizers(int32_t lowest);
  Finalizer(FinalizerFunction function, std::optional<int32_t> priority);
  bool Take();  // true for the one caller who may run it

  const FinalizerFunction function_;
  const std::optional<int32_t> priority_;
  const uint64_t owner_;  // os::ProcessToken
  std::atomic<bool> done_{false};
};

// Runs those with a priority of at least `lowest`: the highest first, of equals the newest first.
void RunFinalizers(int32_t lowest);

using AfterForkFunction = std::function<int32_t()>;
void RegisterAfterFork(AfterForkFunction function);
// In the order of registration; a failure is logged and ignored.
void RunAfterForkFunctions();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_FINALIZERS_H_
