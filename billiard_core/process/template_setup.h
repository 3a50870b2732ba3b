// How a process becomes the template, before its loop. libc only.
#ifndef BILLIARD_CORE_PROCESS_TEMPLATE_SETUP_H_
#define BILLIARD_CORE_PROCESS_TEMPLATE_SETUP_H_

#include "billiard_core/process/plan.h"
#include "billiard_core/process/worker_start.h"

namespace billiard::process {

// Gives this process its own group, makes it a subreaper, takes its signals and fills *context for
// the workers to come. 0, or errno of what could not be done.
int BecomeTemplate(const TemplatePlan& plan, StartContext* context);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_TEMPLATE_SETUP_H_
