// This process's end of the channel to the tree's fork server: inherited by every child, so that one server
// serves them all (CTX-50).
#ifndef BILLIARD_CORE_PROCESS_CHILD_SERVER_CONNECTION_H_
#define BILLIARD_CORE_PROCESS_CHILD_SERVER_CONNECTION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "billiard_core/base/deadline.h"
#include "billiard_core/os/fd.h"
#include "billiard_core/process/child/library_fd.h"

namespace billiard::process {

// A child's bootstrap.
void AdoptServerConnection(os::Fd connection);

// The connection's number, for forks to keep; -1 without server.
int ServerConnectionNumber();

// A copy to hand on: the connection, or, without server, what stands for none.
absl::StatusOr<LibraryFd> CopyOfServerConnection();
absl::StatusOr<LibraryFd> NoServerConnection();

// Sends a request, with one descriptor, to the server; starts one when there is none, or when it has gone.
absl::Status RequestFork(int channel, Deadline deadline);

// Forgets a server that has been seen to be gone.
void ForgetServer();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_SERVER_CONNECTION_H_
