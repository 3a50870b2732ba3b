// Rules for the system calls of this process and all that it starts, for good.
#ifndef BILLIARD_TESTS_CORE_PROCESS_CHILD_SYSTEM_CALL_FILTER_H_
#define BILLIARD_TESTS_CORE_PROCESS_CHILD_SYSTEM_CALL_FILTER_H_

#include <cstdint>

namespace billiard::process {

// Whoever closes a descriptor of `first` or above one by one is killed.
void ForbidClosingFrom(uint32_t first);

// What a signal does can be neither asked nor changed.
void RefuseActionsOf(int signal_number);

// This ioctl fails as if the kernel did not know it.
void ForgetIoctl(uint32_t request);

}  // namespace billiard::process

#endif  // BILLIARD_TESTS_CORE_PROCESS_CHILD_SYSTEM_CALL_FILTER_H_
