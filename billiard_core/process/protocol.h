// The messages between host and template: fixed-size records over a SOCK_SEQPACKET pair, one a
// message. Both ends are built from the same source; kProtocolVersion guards against a
// billiard-template of another release.
#ifndef BILLIARD_CORE_PROCESS_PROTOCOL_H_
#define BILLIARD_CORE_PROCESS_PROTOCOL_H_

#include <cstdint>

namespace billiard::process {

inline constexpr uint32_t kProtocolVersion = 1;

// Host to template. The end of the stream (the host's shutdown(SHUT_WR)) asks for the end.
struct StartRequest {
  int32_t place;
  uint32_t incarnation;
  int32_t group;
};

// Which step of a start went wrong.
enum class StartStep : int32_t {
  kNothing = 0,
  kFork = 1,
  kPrepare = 2,  // process group, death signal, descriptors
  kExecute = 3,
  kOccupied = 4,  // the place still has a process; a bug in the host
};

// Template to host.
enum class MessageKind : uint32_t {
  kBorn = 1,         // pid of the template, with its pidfd; sent by its short-lived parent
  kReady = 2,        // the template is set up
  kSetupFailed = 3,  // it could not be; step and status (errno) say why
  kStarted = 4,      // with the worker's pidfd
  kExited = 5,       // status: exit code, or minus the number of the signal
  kStartFailed = 6,  // step, status: errno
};

struct TemplateMessage {
  MessageKind kind;
  StartRequest request;  // which one this is about
  int32_t pid;
  int32_t status;
  StartStep step;
};

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_PROTOCOL_H_
