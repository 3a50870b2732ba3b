// Who holds a lock, in the words of object.h and of the texts that describe objects.
#ifndef BILLIARD_C_API_HOLDER_H_
#define BILLIARD_C_API_HOLDER_H_

#include <cstdint>
#include <string>

#include "billiard/object.h"
#include "billiard_core/shared_memory/participants.h"

namespace billiard::c_api {

// How this process stands to an owner; *pid, which may be null, gets the owner's process.
bp_held_by HeldBy(const shared_memory::Participants& participants, shared_memory::Owner owner,
                  int32_t* pid);

// The caller's name of itself, or else that of this process (process.h): "MainProcess" in the process that
// loaded the library, "Process-<pid>" in forks that no process object stands for.
std::string OwnName(const char* self);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_HOLDER_H_
