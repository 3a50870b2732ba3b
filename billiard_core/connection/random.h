// Bytes that nobody can guess, from the crypto library.
#ifndef BILLIARD_CORE_CONNECTION_RANDOM_H_
#define BILLIARD_CORE_CONNECTION_RANDOM_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace billiard::connection {

// kOs: the system has none.
absl::StatusOr<std::string> RandomBytes(size_t size);

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_RANDOM_H_
