// Bytes that nobody can guess, from the system: no lock of a library is in the way of a forked child. And what
// threads owe the crypto library.
#ifndef BILLIARD_CORE_CONNECTION_RANDOM_H_
#define BILLIARD_CORE_CONNECTION_RANDOM_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace billiard::connection {

// kOs: the system has none.
absl::StatusOr<std::string> RandomBytes(size_t size);

// Ends what the crypto library keeps for the calling thread, which does not use it after. For a thread that
// nobody joins: the library's own end at exit would meet that of the thread.
void EndCryptoOfThisThread();

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_RANDOM_H_
