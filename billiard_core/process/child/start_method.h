// How processes are started, and which way is the default (CTX-1 to CTX-14). Thread-safe; a child's
// default is the way in which it was started.
#ifndef BILLIARD_CORE_PROCESS_CHILD_START_METHOD_H_
#define BILLIARD_CORE_PROCESS_CHILD_START_METHOD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace billiard::process {

enum class StartMethod { kDefault = 0, kFork = 1, kSpawn = 2, kForkServer = 3 };

absl::string_view NameOf(StartMethod method);

// kInvalid: "cannot find context for 'x'", or fork in a host that can not.
absl::StatusOr<StartMethod> MethodNamed(absl::string_view name);

// The default first (CTX-1).
std::vector<StartMethod> AllStartMethods();

// The default way of this process. Fixes it, when it was not (CTX-6).
StartMethod CurrentStartMethod();
// The same, without fixing it: nothing when it is not fixed.
std::optional<StartMethod> FixedStartMethod();

// Fixes the default; kDefault takes the system's, or with `force` unfixes it. kState when it is fixed
// already and not `force`; kInvalid for one that this host can not.
absl::Status SetStartMethod(StartMethod method, bool force);

// A child's bootstrap: fixed, whatever it was.
void AdoptStartMethod(StartMethod method);

// From now on this process is not forked by this library (CTX-14); there is no way back.
void DeclareForkUnsafe();
bool IsForkUnsafe();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_START_METHOD_H_
