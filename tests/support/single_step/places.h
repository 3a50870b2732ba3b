// At how many places a single-step test interferes. For test sources alone, as storm.h is.
#ifndef BILLIARD_TESTS_SUPPORT_SINGLE_STEP_PLACES_H_
#define BILLIARD_TESTS_SUPPORT_SINGLE_STEP_PLACES_H_

#include <cstdint>

#include "tests/support/single_step/single_step.h"
#include "tests/support/storm.h"

namespace billiard::testing {

// About `usual`; in the long version, behind every instruction.
constexpr StepPlan Places(uint64_t usual) {
  return kLongStorm ? StepPlan{0, 3000} : StepPlan{usual, 800};
}

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_SINGLE_STEP_PLACES_H_
