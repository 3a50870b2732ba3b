// The file of a listening AF_UNIX socket: goes away with this object, or when the process that made it
// exits; never that of a forked child, and never one that somebody else has made there since.
#ifndef BILLIARD_CORE_CONNECTION_SOCKET_PATH_H_
#define BILLIARD_CORE_CONNECTION_SOCKET_PATH_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace billiard::connection {

class SocketPath {
 public:
  // `path` was bound by this process just now.
  explicit SocketPath(std::string path);
  ~SocketPath();
  SocketPath(const SocketPath&) = delete;
  SocketPath& operator=(const SocketPath&) = delete;

  // Removes the file, once.
  void Remove();

 private:
  static void RemoveAtExit();
  static void RemoveAll();
  // With the lock of all paths.
  void RemoveNow();

  const std::string path_;
  const uint64_t process_;
  dev_t device_ = 0;
  ino_t file_ = 0;
  bool removed_ = false;
};

}  // namespace billiard::connection

#endif  // BILLIARD_CORE_CONNECTION_SOCKET_PATH_H_
