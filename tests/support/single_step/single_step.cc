#include "tests/support/single_step/single_step.h"

#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/sanitizer.h"
#include "tests/support/single_step/traced_child.h"
#include "tests/support/watchdog.h"

namespace billiard::testing {
namespace {

constexpr uint64_t kFewestPlaces = 10;

// The distance between the places.
uint64_t StrideFor(const MakeRound& make, uint64_t places) {
  if (places == 0) return 1;
  const SteppedRound round = make();
  TracedChild child(round.act, round.join);
  uint64_t instructions = 0;
  while (child.Step(1)) ++instructions;
  return instructions / places + 1;
}

// What a sanitizer's build does instead of the steps.
void RunOnceToItsEnd(const MakeRound& make) {
  const SteppedRound round = make();
  TracedChild child(round.act, round.join);
  child.Finish();
  EXPECT_TRUE(child.done());
  if (round.meanwhile) round.meanwhile();
  round.check(true);
}

// `interfere` gets a child that was stepped to its place.
void Rounds(const MakeRound& make, const StepPlan& plan,
            const std::function<void(const SteppedRound&, TracedChild*)>& interfere) {
  Watchdog watchdog(plan.seconds);
  if (kSanitized) {
    RunOnceToItsEnd(make);
    return;
  }
  const uint64_t stride = StrideFor(make, plan.places);
  uint64_t places = 0;
  for (uint64_t k = 0;; k += stride, ++places) {
    SCOPED_TRACE("after " + std::to_string(k) + " instructions");
    const SteppedRound round = make();
    TracedChild child(round.act, round.join);
    const bool in_the_middle = child.Step(k);
    interfere(round, &child);
    if (!in_the_middle || ::testing::Test::HasFailure()) break;
  }
  printf("%lu places, one every %lu instructions\n", places, stride);
  if (::testing::Test::HasFailure()) return;
  EXPECT_GT(places, kFewestPlaces) << "the operation was over too soon to be tested";
}

}  // namespace

void KillRounds(const MakeRound& make, const StepPlan& plan) {
  Rounds(make, plan, [](const SteppedRound& round, TracedChild* child) {
    child->Kill();
    round.check(child->done());
  });
}

void StopRounds(const MakeRound& make, const StepPlan& plan) {
  Rounds(make, plan, [](const SteppedRound& round, TracedChild* child) {
    round.meanwhile();
    if (::testing::Test::HasFatalFailure()) return;
    child->Finish();
    round.check(true);
  });
}

}  // namespace billiard::testing
