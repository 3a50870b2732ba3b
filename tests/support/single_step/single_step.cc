#include "tests/support/single_step/single_step.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/sanitizer.h"
#include "tests/support/single_step/path.h"
#include "tests/support/single_step/traced_child.h"
#include "tests/support/watchdog.h"

namespace billiard::testing {
namespace {

constexpr uint64_t kFewestPlaces = 10;

// Of a whole run, step by step.
Path Trace(const MakeRound& make) {
  const SteppedRound round = make();
  TracedChild child(round.act, round.join);
  Path path;
  do path.Add(child.Address());
  while (child.Step(1));
  path.Add(child.Address());
  return path;
}

// Whether the child, which stands at the beginning, stands where `place` was on the path. A run whose time
// or process number is another one can go another way.
bool Go(const Path& path, uint64_t place, TracedChild* child) {
  const Path::Way way = path.To(place);
  if (way.visits > 0 && !child->RunTo(way.address, way.visits)) return false;
  child->Step(way.steps);
  return child->Address() == path.address(place);
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

// Gets a child that was stepped to its place.
using Interfere = std::function<void(const SteppedRound&, TracedChild*)>;

// False, with nothing done, if the child went another way than the path.
bool InterfereOnPath(const MakeRound& make, const Path& path, uint64_t place,
                     const Interfere& interfere) {
  if (!TracedChild::kHasBreakpoints) return false;
  const SteppedRound round = make();
  TracedChild child(round.act, round.join);
  if (!Go(path, place, &child)) return false;
  interfere(round, &child);
  return true;
}

void InterfereAfterSteps(const MakeRound& make, uint64_t steps, const Interfere& interfere) {
  const SteppedRound round = make();
  TracedChild child(round.act, round.join);
  child.Step(steps);
  interfere(round, &child);
}

void Rounds(const MakeRound& make, const StepPlan& plan, const Interfere& interfere) {
  Watchdog watchdog(plan.seconds);
  if (kSanitized) {
    RunOnceToItsEnd(make);
    return;
  }
  {
    SCOPED_TRACE("at its end");
    // First, since its check binds symbols of shared libraries, for the children of all later rounds.
    InterfereAfterSteps(make, UINT64_MAX, interfere);
  }
  const Path path = Trace(make);
  const uint64_t stride = plan.places == 0 ? 1 : path.length() / plan.places + 1;
  uint64_t places = 0;
  uint64_t by_steps = 0;
  for (uint64_t k = 0;; k = std::min(k + stride, path.length())) {
    SCOPED_TRACE("after " + std::to_string(k) + " instructions");
    if (!InterfereOnPath(make, path, k, interfere)) {
      InterfereAfterSteps(make, k, interfere);
      ++by_steps;
    }
    ++places;
    if (k == path.length() || ::testing::Test::HasFailure()) break;
  }
  printf("%lu instructions; %lu places, one every %lu; to %lu of them by steps alone\n",
         path.length(), places, stride, by_steps);
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
