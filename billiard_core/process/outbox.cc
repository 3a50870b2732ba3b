#include "billiard_core/process/outbox.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "billiard_core/os/message.h"

namespace billiard::process {

bool Outbox::Create(int places) {
  capacity_ = places + 2;
  entries_ = static_cast<Entry*>(calloc(capacity_, sizeof(Entry)));
  return entries_ != nullptr;
}

void Outbox::Add(const TemplateMessage& message, os::Fd fd) {
  if (used_ == capacity_) abort();  // I1
  entries_[(first_ + used_) % capacity_] = {message, fd.Release()};
  ++used_;
}

Outbox::Sending Outbox::Send(int channel) {
  while (used_ > 0) {
    const Entry& entry = entries_[first_];
    const ssize_t sent =
        os::SendMessage(channel, &entry.message, sizeof entry.message, entry.fd, MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return Sending::kFull;
    if (sent < 0 && (errno == ETOOMANYREFS || errno == ENOBUFS || errno == ENOMEM)) {
      return Sending::kRetry;
    }
    if (sent < 0) return Sending::kNoHost;
    if (entry.fd >= 0) close(entry.fd);
    first_ = (first_ + 1) % capacity_;
    --used_;
  }
  return Sending::kAll;
}

}  // namespace billiard::process
