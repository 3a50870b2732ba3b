// The signal that asks a process to end (UTIL-90): SIGTERM, or what the environment's REMAP_SIGTERM names
// ("SIGQUIT"), read once.
#ifndef BILLIARD_CORE_PROCESS_CHILD_TERM_SIGNAL_H_
#define BILLIARD_CORE_PROCESS_CHILD_TERM_SIGNAL_H_

namespace billiard::process {

int TermSignal();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_TERM_SIGNAL_H_
