// How a process ended, in the words of UTIL-30 and UTIL-31: "signal 9 (SIGKILL)", "exitcode 3".
#ifndef BILLIARD_CORE_BASE_EXIT_TEXT_H_
#define BILLIARD_CORE_BASE_EXIT_TEXT_H_

#include <cstdint>
#include <string>

namespace billiard {

// Not known: the process was reaped by somebody else, or has not ended.
inline constexpr int32_t kExitUnknown = INT32_MIN;

// `status`: exit code >= 0, minus the number of the signal, or kExitUnknown.
std::string ExitStatusText(int32_t status);

}  // namespace billiard

#endif  // BILLIARD_CORE_BASE_EXIT_TEXT_H_
