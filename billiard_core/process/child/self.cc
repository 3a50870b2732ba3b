#include "billiard_core/process/child/self.h"

#include <sys/random.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "billiard_core/base/status.h"
#include "billiard_core/logging/process_name.h"
#include "billiard_core/os/process_lock.h"

namespace billiard::process {
namespace {

struct Record {
  SelfFacts facts;
  uint32_t children = 0;
};

constinit os::ProcessLock record_lock;
Record* record = nullptr;  // never freed: a child may find it half-changed

std::string NewAuthkey() {
  std::string key(kAuthkeyBytes, '\0');
  // So few bytes come whole, or not at all.
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) abort();
  return key;
}

Record& Locked() {
  if (record == nullptr) {
    record = new Record;
    record->facts.authkey = NewAuthkey();
  }
  return *record;
}

}  // namespace

SelfFacts Self() {
  os::ProcessLock::Hold hold(&record_lock);
  return Locked().facts;
}

void BecomeChild(SelfFacts facts) {
  os::ProcessLock::Hold hold(&record_lock);
  facts.pid = getpid();
  logging::SetProcessName(facts.name);  // PROC-46
  record = new Record{std::move(facts), 0};
}

absl::Status CheckProcessName(absl::string_view name) {
  if (!name.empty() && name.size() <= kMaxProcessName && name.find('\0') == name.npos) {
    return absl::OkStatus();
  }
  return MakeStatus(Code::kInvalid, "name: must have 1 to 255 bytes and no NUL");
}

absl::Status SetOwnName(absl::string_view name) {
  const absl::Status status = CheckProcessName(name);
  if (!status.ok()) return status;
  os::ProcessLock::Hold hold(&record_lock);
  Locked().facts.name = std::string(name);
  logging::SetProcessName(name);
  return absl::OkStatus();
}

absl::Status SetAuthkey(absl::string_view key) {
  if (key.empty()) return MakeStatus(Code::kInvalid, "key: is empty");
  os::ProcessLock::Hold hold(&record_lock);
  Locked().facts.authkey = std::string(key);
  return absl::OkStatus();
}

uint32_t CountChild() {
  os::ProcessLock::Hold hold(&record_lock);
  return ++Locked().children;
}

}  // namespace billiard::process
