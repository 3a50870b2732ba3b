// One step in the life of an object in a traced child that is killed, or stands still, after its k-th
// instruction.
#include <memory>
#include <vector>

#include "billiard_core/shared_memory/object.h"
#include "billiard_core/shared_memory/references.h"
#include "gtest/gtest.h"
#include "tests/core/shared_memory/object_harness.h"
#include "tests/support/sanitizer.h"
#include "tests/support/single_step/places.h"
#include "tests/support/single_step/single_step.h"
#include "tests/support/single_step/traced_child.h"
#include "tests/support/watchdog.h"

namespace billiard::shared_memory {
namespace {

using testing::kSanitized;
using testing::Places;
using testing::StepPlan;
using testing::TracedChild;
using testing::Watchdog;

constexpr uint64_t kPattern = 1234;
const StepPlan kPlan = Places(18);

// An arena with one object that this process has, and whatever a child does beside it.
struct Subject {
  Subject() { Paint(kept, kPattern); }

  std::shared_ptr<Arena> arena = MakeArena(1 << 20);
  Object kept = MakeObject(arena, 200);
  std::unique_ptr<Object> other;  // the child's copy may be given back
};

using Operation = testing::SteppedOperation<Subject>;

Operation OnAnArena() {
  Operation operation;
  operation.make = [] { return std::make_unique<Subject>(); };
  operation.join = [](Subject& subject) { return subject.arena->Self().ok(); };
  return operation;
}

// What is left when the dead are cleared away: `objects`, each with one reference, and a working arena.
void ExpectOnly(Subject& subject, uint64_t objects) {
  ExpectNothingIsLeft(subject.arena.get(), objects);
  EXPECT_TRUE(IsPainted(subject.kept, kPattern));
  EXPECT_EQ(subject.arena->references()->CountHolders(subject.kept.name().granule), 1u);
  {
    const Object next = MakeObject(subject.arena, 100);
    EXPECT_TRUE(Object::Attach(subject.arena, next.name(), ObjectKind::kMemory).ok());
  }
  ExpectNothingIsLeft(subject.arena.get(), objects);
}

// Others make, attach and release while the child stands still.
void UseTheArena(Subject& subject) {
  for (int i = 0; i < 30; ++i) {
    const Object own = MakeObject(subject.arena, 100);
    auto also = Object::Attach(subject.arena, subject.kept.name(), ObjectKind::kMemory);
    ASSERT_TRUE(also.ok());
    auto again = Object::Attach(subject.arena, own.name(), ObjectKind::kMemory);
    ASSERT_TRUE(again.ok());
  }
  subject.arena->Recover();
  EXPECT_TRUE(IsPainted(subject.kept, kPattern));
}

void KillAndStop(Operation operation) {
  operation.check = [](Subject& subject, bool) { ExpectOnly(subject, 1); };
  KillAtEveryStep(operation, kPlan);
  testing::StopAtEveryStep<Subject>(operation, UseTheArena, kPlan);
}

Operation Making() {
  Operation making = OnAnArena();
  making.act = [](Subject& subject) { new Object(MakeObject(subject.arena, 100)); };
  return making;
}

TEST(ObjectSingleStepTest, MakeKilledOrStoppedAnywhere) { KillAndStop(Making()); }

Operation Attaching() {
  Operation attaching = OnAnArena();
  attaching.act = [](Subject& subject) {
    new auto(Object::Attach(subject.arena, subject.kept.name(), ObjectKind::kMemory));
  };
  return attaching;
}

TEST(ObjectSingleStepTest, AttachKilledOrStoppedAnywhere) { KillAndStop(Attaching()); }

TEST(ObjectSingleStepTest, ReleaseOfAnotherReferenceKilledOrStoppedAnywhere) {
  Operation release = OnAnArena();
  release.join = [](Subject& subject) {
    auto also = Object::Attach(subject.arena, subject.kept.name(), ObjectKind::kMemory);
    if (!also.ok()) return false;
    subject.other = std::make_unique<Object>(*std::move(also));
    return true;
  };
  release.act = [](Subject& subject) { subject.other.reset(); };
  KillAndStop(release);
}

TEST(ObjectSingleStepTest, ReleaseOfTheLastReferenceKilledOrStoppedAnywhere) {
  Operation release = OnAnArena();
  release.join = [](Subject& subject) {
    subject.other = std::make_unique<Object>(MakeObject(subject.arena, 100));
    return true;
  };
  release.act = [](Subject& subject) { subject.other.reset(); };
  KillAndStop(release);
}

constexpr uint64_t kToTheEnd = 0;

// A child is killed somewhere in `act`, or behind it, and another one in its recovery from that.
void KillTheRecoverer(const Operation& first, uint64_t instructions) {
  Operation recovery = OnAnArena();
  recovery.prepare = [&first, instructions](Subject& subject) {
    TracedChild victim([&] { first.act(subject); }, [&] { return first.join(subject); });
    if (instructions == kToTheEnd) {
      victim.Finish();
    } else {
      victim.Step(instructions);
      victim.Kill();
    }
  };
  recovery.act = [](Subject& subject) { subject.arena->Recover(); };
  recovery.check = [](Subject& subject, bool) { ExpectOnly(subject, 1); };
  KillAtEveryStep(recovery, Places(12));
}

TEST(ObjectSingleStepTest, RecoveryFromADeadMakerKilledAnywhere) {
  if (kSanitized) GTEST_SKIP() << "what counts are the instructions of the real build";
  for (const uint64_t instructions : {uint64_t{1400}, kToTheEnd}) {
    KillTheRecoverer(Making(), instructions);
  }
}

TEST(ObjectSingleStepTest, RecoveryFromADeadHolderKilledAnywhere) {
  if (kSanitized) GTEST_SKIP() << "what counts are the instructions of the real build";
  for (const uint64_t instructions : {uint64_t{400}, kToTheEnd}) {
    KillTheRecoverer(Attaching(), instructions);
  }
}

}  // namespace
}  // namespace billiard::shared_memory
