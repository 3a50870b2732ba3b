#include "billiard_core/connection/socket_path.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <utility>

#include "billiard_core/os/fork_guard.h"
#include "billiard_core/os/process_lock.h"

namespace billiard::connection {
namespace {

os::ProcessLock paths_lock;

// Never destroyed: paths may outlive the end of main.
std::set<SocketPath*>& Paths() {
  static auto* const paths = new std::set<SocketPath*>;
  return *paths;
}

}  // namespace

// CONN-45: at a usual exit.
void SocketPath::RemoveAll() {
  os::ProcessLock::Hold hold(&paths_lock);
  for (SocketPath* path : Paths()) path->RemoveNow();
}

void SocketPath::RemoveAtExit() {
  static const int registered = atexit(RemoveAll);
  static_cast<void>(registered);
}

SocketPath::SocketPath(std::string path) : path_(std::move(path)), process_(os::ProcessToken()) {
  struct stat about;
  if (lstat(path_.c_str(), &about) == 0) {
    device_ = about.st_dev;
    file_ = about.st_ino;
  }
  RemoveAtExit();
  os::ProcessLock::Hold hold(&paths_lock);
  Paths().insert(this);
}

SocketPath::~SocketPath() {
  os::ProcessLock::Hold hold(&paths_lock);
  Paths().erase(this);
  RemoveNow();
}

void SocketPath::Remove() {
  os::ProcessLock::Hold hold(&paths_lock);
  RemoveNow();
}

void SocketPath::RemoveNow() {
  if (removed_ || process_ != os::ProcessToken()) return;
  removed_ = true;
  struct stat about;
  if (lstat(path_.c_str(), &about) != 0) return;
  if (about.st_dev == device_ && about.st_ino == file_) unlink(path_.c_str());
}

}  // namespace billiard::connection
