// The tasks that the pool's tests run in workers, forked or started as a command.
//
//   echo       gives its argument back
//   bytes N    N bytes of Pattern()
//   pid        the worker's pid
//   fail       fails with the texts class, message and backtrace
//   return N   returns N without an answer
//   oversize   tries to answer with 1 KiB more than the pool allows (argument: its limit), returns 0
//   exit N     leaves the process with status N
//   signal N   dies of signal N
//   throw TEXT throws a std::runtime_error; throw-number an int
//   name       what the process is called in log lines
//   disposition N  "default", "ignored" or "handled": what happens at signal N
//   fork-and-terminate  forks, ends the child by SIGTERM and gives the signal that ended it
//   hold PATH  meets the test at a Gate, and answers "held" once that is opened
//   hold_or_return PATH|N  holds, then returns 1; or returns N
//   die_at N   dies of signal 9 when N is 5, else echoes
//   nested     runs echo on a pool of its own
//   nest N PATH  runs itself with N - 1 on a pool of its own; the last one runs "hold PATH"
#ifndef BILLIARD_TESTS_CORE_POOL_TASKS_H_
#define BILLIARD_TESTS_CORE_POOL_TASKS_H_

#include <cstddef>
#include <string>

namespace billiard::pool {

// Idempotent.
void RegisterTasks();

// Bytes that are wrong wherever one is missing, doubled or moved.
std::string Pattern(size_t bytes);

}  // namespace billiard::pool

#endif  // BILLIARD_TESTS_CORE_POOL_TASKS_H_
