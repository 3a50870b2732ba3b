// Looking again for a moment before sleeping: a lock is mostly held for less time than it takes to fall
// asleep and be woken (some 50 us on another CPU, anchors in benchmarks/). Pointless where this process
// has only one CPU, since then whoever could change something does not run.
//
//   for (int tries = SpinTries(); !Look() && tries > 0; --tries) PauseCpu();
#ifndef BILLIARD_CORE_SYNC_SPIN_H_
#define BILLIARD_CORE_SYNC_SPIN_H_

namespace billiard::sync {

// How many times to look, perhaps 0. Costs a load.
int SpinTries();

// Asks again how many CPUs this process may use; for somebody who goes to sleep anyway.
void UpdateSpinTries();

// Gives the CPU away, for somebody who looks again afterwards. False: it had better sleep now, for others who
// want the CPU keep it for long, and a sleeper that is woken goes before them, where one that yielded waits
// for their slices to end. Then this says so at once for a while.
bool YieldCpu();

inline void PauseCpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Looks until `look` is true, for some ten microseconds: pauses, then yields. True: it was. For what mostly
// comes at once, since a sleep and a wake-up across CPUs take longer than that. A yield takes about half a
// microsecond when nobody wants the CPU.
template <typename Look>
bool LookForAWhile(const Look& look, int most_yields = 24) {
  for (int tries = SpinTries(); tries > 0; --tries) {
    if (look()) return true;
    PauseCpu();
  }
  for (int yields = most_yields; yields > 0 && YieldCpu(); --yields) {
    if (look()) return true;
  }
  return look();
}

}  // namespace billiard::sync

#endif  // BILLIARD_CORE_SYNC_SPIN_H_
