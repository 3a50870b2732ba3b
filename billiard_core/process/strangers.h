// Children of the template that are not workers: what a dead worker left behind, handed to the
// template by the kernel since it is their subreaper. libc only.
#ifndef BILLIARD_CORE_PROCESS_STRANGERS_H_
#define BILLIARD_CORE_PROCESS_STRANGERS_H_

#include "billiard_core/process/worker_table.h"

namespace billiard::process {

// SIGKILL to every child that is not a worker. Their own children become ours when they die, and
// each death is a SIGCHLD: the caller comes again after every SIGCHLD, and so gets them all without
// ever waiting for one. Children are ours to reap, so none of the pids can have been reused.
void KillStrangers(const WorkerTable& workers);

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_STRANGERS_H_
