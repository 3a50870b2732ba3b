// How many CPUs there are, and how many this process may use: the default number of workers (POOL-1).
#ifndef BILLIARD_CORE_BASE_CPUS_H_
#define BILLIARD_CORE_BASE_CPUS_H_

namespace billiard {

// The affinity mask's CPUs, reduced by the cgroup's quota (rounded up); at least 1.
int CpusAvailable();

// The affinity mask's CPUs alone: one system call. At least 1.
int CpusOfAffinity();

// The CPUs that are online, whoever may use them (UTIL-80); 0 when the system does not tell.
int CpusOnline();

}  // namespace billiard

#endif  // BILLIARD_CORE_BASE_CPUS_H_
