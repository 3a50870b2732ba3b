// The template process's whole life. libc only, single-threaded; it allocates when it is set up and
// never again. It runs in a fork of the host and in the program billiard-template alike.
#ifndef BILLIARD_CORE_PROCESS_TEMPLATE_LOOP_H_
#define BILLIARD_CORE_PROCESS_TEMPLATE_LOOP_H_

#include "billiard_core/process/plan.h"

namespace billiard::process {

// Sets this process up as the template, says kReady, serves until the host ends or asks for the
// end, kills every descendant and exits. In forked workers it leaves with the status of child_main.
[[noreturn]] void RunTemplate(const TemplatePlan& plan);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_TEMPLATE_LOOP_H_
