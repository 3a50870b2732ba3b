// Kills or stops a process after 0, 1 x stride, 2 x stride ... instructions of one operation on a
// subject in shared memory, each time on a new subject, until the operation is over before.
//
//   SteppedOperation<Queue> put;
//   put.make = [] { return MakeQueue(); };                       // a unique_ptr
//   put.join = [](Queue& queue) { return queue.Join().ok(); };   // in the child, at full speed
//   put.prepare = [](Queue& queue) { ... };                      // in the test, before the child
//   put.act = [](Queue& queue) { queue.Put(...); };              // in the child, step by step
//   put.check = [](Queue& queue, bool done) { EXPECT... };       // in the test, after the child's death
//   KillAtEveryStep(put, Places(60));  // places.h
//
// Only `make`, `act` and `check` have to be there. In a sanitizer's build both skip: the instructions
// that count are those of the real build; `act` runs once there, to its end, so that it is looked at.
#ifndef BILLIARD_TESTS_SUPPORT_SINGLE_STEP_SINGLE_STEP_H_
#define BILLIARD_TESTS_SUPPORT_SINGLE_STEP_SINGLE_STEP_H_

#include <cstdint>
#include <functional>
#include <memory>

namespace billiard::testing {

// At how many places to interfere.
struct StepPlan {
  uint64_t places;   // about so many; 0: behind every instruction
  unsigned seconds;  // of the watchdog
};

template <typename Subject>
struct SteppedOperation {
  std::function<std::unique_ptr<Subject>()> make;
  std::function<bool(Subject&)> join;
  std::function<void(Subject&)> prepare;
  std::function<void(Subject&)> act;
  // `done`: `act` was over when the child was killed. It may tell of a child that was killed a few
  // instructions behind the end of `act` that it was not done.
  std::function<void(Subject&, bool done)> check;
};

// Of one subject; what the templates below make of a SteppedOperation.
struct SteppedRound {
  std::function<bool()> join;
  std::function<void()> act;
  std::function<void()> meanwhile;
  std::function<void(bool done)> check;
};
// Each call returns a new subject's, prepared.
using MakeRound = std::function<SteppedRound()>;
void KillRounds(const MakeRound& make, const StepPlan& plan);
void StopRounds(const MakeRound& make, const StepPlan& plan);

template <typename Subject>
SteppedRound MakeSteppedRound(const SteppedOperation<Subject>& operation,
                              const std::function<void(Subject&)>& meanwhile) {
  const std::shared_ptr<Subject> subject = operation.make();
  if (operation.prepare) operation.prepare(*subject);
  SteppedRound round;
  if (operation.join) round.join = [&operation, subject] { return operation.join(*subject); };
  round.act = [&operation, subject] { operation.act(*subject); };
  if (meanwhile) round.meanwhile = [&meanwhile, subject] { meanwhile(*subject); };
  round.check = [&operation, subject](bool done) { operation.check(*subject, done); };
  return round;
}

// Kills the child at each place, and checks. Fails if there are no more than ten.
template <typename Subject>
void KillAtEveryStep(const SteppedOperation<Subject>& operation, const StepPlan& plan) {
  KillRounds([&] { return MakeSteppedRound<Subject>(operation, nullptr); }, plan);
}

// Stops the child at each place, runs `meanwhile` in the test, which must not have to wait for the
// child, then lets the child finish, and checks.
template <typename Subject>
void StopAtEveryStep(const SteppedOperation<Subject>& operation,
                     const std::function<void(Subject&)>& meanwhile, const StepPlan& plan) {
  StopRounds([&] { return MakeSteppedRound<Subject>(operation, meanwhile); }, plan);
}

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_SINGLE_STEP_SINGLE_STEP_H_
