#include "billiard_core/connection/fd_sharer.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "billiard_core/base/status.h"
#include "billiard_core/connection/client.h"
#include "billiard_core/connection/listener.h"
#include "billiard_core/connection/random.h"
#include "billiard_core/os/fork_gate.h"
#include "billiard_core/os/futex.h"
#include "billiard_core/os/poll.h"
#include "billiard_core/os/process_lock.h"
#include "billiard_core/os/threads.h"

namespace billiard::connection {
namespace {

constexpr absl::string_view kMark = "billiard-fd";
constexpr size_t kKeyBytes = 32;
constexpr int64_t kLongestClaim = 32;
constexpr absl::string_view kUnknown = "unknown";
constexpr absl::string_view kHere = "here";
// A claimer has said what it wants by then; the next one waits as long.
constexpr int64_t kPatienceNanos = kNanosPerSecond;

// What one run of the thread serves. The thread keeps it.
struct Service {
  std::unique_ptr<Listener> listener;
  std::string address, key;
  os::Interrupt stop;
  std::atomic<uint32_t> ended{0};
};

struct Table {
  uint64_t next_id = 1;
  std::unordered_map<uint64_t, os::Fd> fds;
  std::shared_ptr<Service> service;
};

os::ProcessLock table_lock;

// Never destroyed: the thread may outlive the end of main.
Table& TheTable() {
  static auto* const table = new Table;
  return *table;
}

// Around each fork, so that the child does not find the table half-changed.
void HoldTable() { table_lock.Lock(); }
void GiveTable() { table_lock.Unlock(); }

// CONN-84. The thread has stayed behind in the parent, and what it kept with it.
void DropInFork() {
  os::ProcessLock::Hold hold(&table_lock);
  Table& table = TheTable();
  table.fds.clear();
  if (table.service != nullptr) table.service->listener->Close();
  table.service = nullptr;
}

os::Fd TakeOut(uint64_t id) {
  os::ProcessLock::Hold hold(&table_lock);
  Table& table = TheTable();
  const auto found = table.fds.find(id);
  if (found == table.fds.end()) return os::Fd();
  os::Fd fd = std::move(found->second);
  table.fds.erase(found);
  return fd;
}

// The gate is not held while the table is, which a fork waits for too.
void Serve(Connection* claimer) {
  Bytes wanted;
  uint64_t id = 0;
  {
    os::ForkGate::Hold hold;
    if (!claimer->Receive(kLongestClaim, Deadline::Now(), nullptr, &wanted).ok()) return;
  }
  os::Fd fd;
  if (absl::SimpleAtoi(wanted.view(), &id)) fd = TakeOut(id);
  os::ForkGate::Hold hold;
  const absl::StatusOr<Sent> sent = fd.valid()
                                        ? claimer->Send(kHere, Deadline::Now(), nullptr, {fd.get()})
                                        : claimer->Send(kUnknown, Deadline::Now(), nullptr);
  // A claimer that has gone by now has had its chance.
  sent.status().IgnoreError();
}

void ServeUntilStopped(const std::shared_ptr<Service>& service) {
  const int listening = service->listener->fd().value_or(-1);
  while (!service->stop.raised()) {
    os::PollOne(listening, POLLIN, Deadline::Forever(), &service->stop).status().IgnoreError();
    std::unique_ptr<Connection> claimer;
    {
      os::ForkGate::Hold hold;
      auto accepted = service->listener->Accept(Deadline::Now(), nullptr);
      if (!accepted.ok()) continue;
      claimer = *std::move(accepted);
    }
    claimer->Poll(Deadline::After(kPatienceNanos), &service->stop).status().IgnoreError();
    Serve(claimer.get());
  }
  service->listener->Close();
  EndCryptoOfThisThread();
  service->ended.store(1, std::memory_order_release);
  os::FutexWake(&service->ended, os::kWakeAll);
}

void StopAtExit() { StopSharingFds(Deadline::After(kPatienceNanos)).IgnoreError(); }

// What this process does once, however often it starts to share.
void Prepare() {
  static const bool prepared = [] {
    os::ForkGate::Install();
    pthread_atfork(HoldTable, GiveTable, DropInFork);
    // The thread must not meet the end of the crypto library, which was used already and so ends later.
    atexit(StopAtExit);
    return true;
  }();
  static_cast<void>(prepared);
}

absl::StatusOr<std::shared_ptr<Service>> StartService() {
  absl::StatusOr<std::string> key = RandomBytes(kKeyBytes);
  if (!key.ok()) return key.status();
  Prepare();
  auto service = std::make_shared<Service>();
  service->key = *std::move(key);
  ListenerOptions options;
  options.authenticates = true;
  options.key = service->key;
  auto listener = Listener::Open("", options);
  if (!listener.ok()) return listener.status();
  service->listener = *std::move(listener);
  service->address = service->listener->address().value_or("");
  os::StartLibraryThread("bp-fd-sharer", [service] { ServeUntilStopped(service); }).detach();
  return service;
}

}  // namespace

absl::StatusOr<std::string> ShareFd(int fd) {
  os::Fd own(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!own.valid()) {
    if (errno == EBADF) return MakeStatus(Code::kInvalid, absl::StrCat("invalid handle ", fd));
    return OsStatus(errno, "dup");
  }
  os::ProcessLock::Hold hold(&table_lock);
  Table& table = TheTable();
  if (table.service == nullptr) {
    auto service = StartService();
    if (!service.ok()) return service.status();
    table.service = *std::move(service);
  }
  const uint64_t id = table.next_id++;
  table.fds[id] = std::move(own);
  return absl::StrCat(kMark, "|", table.service->address, "|",
                      absl::BytesToHexString(table.service->key), "|", id);
}

absl::StatusOr<os::Fd> ClaimFd(absl::string_view ticket, Deadline deadline,
                               os::Interrupt* interrupt) {
  const std::vector<absl::string_view> parts = absl::StrSplit(ticket, '|');
  if (parts.size() != 4 || parts[0] != kMark || parts[2].size() != 2 * kKeyBytes) {
    return MakeStatus(Code::kInvalid, "ticket: is none");
  }
  ClientOptions options;
  options.family = Family::kUnix;
  options.authenticates = true;
  options.key = absl::HexStringToBytes(parts[2]);
  auto sharer = Connect(parts[1], options, deadline, interrupt);
  const absl::Status gone =
      MakeStatus(Code::kNotFound, "the descriptor was claimed already, or is not shared any more");
  if (!sharer.ok()) return ErrnoOf(sharer.status()) == ECONNREFUSED ? gone : sharer.status();
  if (auto sent = (*sharer)->Send(parts[3], deadline, interrupt); !sent.ok()) return sent.status();
  Bytes answer;
  std::vector<os::Fd> passed;
  absl::Status status = (*sharer)->Receive(kLongestClaim, deadline, interrupt, &answer, &passed);
  if (CodeOf(status) == Code::kEndOfStream) return gone;
  if (!status.ok()) return status;
  if (answer.view() != kHere || passed.size() != 1) return gone;
  return std::move(passed[0]);
}

size_t CountSharedFds() {
  os::ProcessLock::Hold hold(&table_lock);
  return TheTable().fds.size();
}

absl::Status StopSharingFds(Deadline deadline) {
  std::shared_ptr<Service> service;
  {
    os::ProcessLock::Hold hold(&table_lock);
    service = std::exchange(TheTable().service, nullptr);
    TheTable().fds.clear();
  }
  if (service == nullptr) return absl::OkStatus();
  service->stop.Raise();
  while (service->ended.load(std::memory_order_acquire) == 0) {
    if (os::FutexWait(&service->ended, 0, deadline) == os::FutexResult::kTimedOut) {
      return MakeStatus(Code::kTimeout, "the thread that shares descriptors has not ended");
    }
  }
  return absl::OkStatus();
}

}  // namespace billiard::connection
