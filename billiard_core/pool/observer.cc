#include "billiard_core/pool/observer.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/os/open_files.h"
#include "billiard_core/os/pidfd.h"
#include "billiard_core/pool/layout.h"
#include "billiard_core/pool/pool_segment.h"

namespace billiard::pool {
namespace {

using shared_memory::Segment;
using shared_memory::SegmentKind;

struct Found {
  std::unique_ptr<Segment> segment;
  PoolTables tables;
};

// The pools that `host` made, each once, in the order of their making: its workers have the same files
// open, and so has a host that is a worker itself.
absl::StatusOr<std::vector<Found>> PoolsOf(pid_t host) {
  const absl::StatusOr<std::vector<std::string>> files =
      os::OpenFilesOf(host, shared_memory::kMemfdName);
  if (!files.ok()) return files.status();
  std::vector<Found> pools;
  for (const std::string& file : *files) {
    absl::StatusOr<os::Fd> fd = os::OpenForReading(file);
    if (!fd.ok()) continue;  // closed meanwhile
    absl::StatusOr<std::unique_ptr<Segment>> segment =
        Segment::OpenForReading(*std::move(fd), SegmentKind::kPool);
    if (!segment.ok()) continue;  // something else that is shared, or not complete yet
    const absl::StatusOr<PoolTables> tables = PoolSegment::TablesIn(**segment);
    if (!tables.ok() || tables->header->host_pid.load() != host) continue;
    pools.push_back(Found{*std::move(segment), *tables});
  }
  const auto serial = [](const Found& pool) { return pool.tables.header->serial.load(); };
  std::sort(pools.begin(), pools.end(),
            [&](const Found& a, const Found& b) { return serial(a) < serial(b); });
  pools.erase(std::unique(pools.begin(), pools.end(),
                          [&](const Found& a, const Found& b) { return serial(a) == serial(b); }),
              pools.end());
  return pools;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Observer>> Observer::Open(pid_t host, int index) {
  if (host <= 0) return MakeStatus(Code::kInvalid, "pid: is not positive");
  if (index < 0) return MakeStatus(Code::kInvalid, "index: is negative");
  absl::StatusOr<os::Fd> process = os::PidfdOpen(host);
  if (!process.ok()) {
    return MakeStatus(Code::kNotFound, absl::StrCat("pid: there is no process ", host));
  }
  absl::StatusOr<std::vector<Found>> pools = PoolsOf(host);
  if (!pools.ok()) return pools.status();
  if (static_cast<size_t>(index) >= pools->size()) {
    return MakeStatus(Code::kNotFound, absl::StrCat("index: process ", host, " has ", pools->size(),
                                                    " pools, and not one number ", index));
  }
  Found& found = (*pools)[static_cast<size_t>(index)];
  return std::unique_ptr<Observer>(
      new Observer(*std::move(process), std::move(found.segment), found.tables));
}

absl::Status Observer::CheckHost() const {
  return os::PidfdHasEnded(host_.get()) ? MakeStatus(Code::kClosed, "the pool's host has ended")
                                        : absl::OkStatus();
}

absl::StatusOr<PoolSnapshot> Observer::Look() const {
  const absl::Status there = CheckHost();
  if (!there.ok()) return there;
  return TakeSnapshot(tables_);
}

absl::StatusOr<std::string> Observer::GroupName(int index) const {
  const absl::Status there = CheckHost();
  if (!there.ok()) return there;
  if (index < 0 || static_cast<uint32_t>(index) >= tables_.group_count) {
    return MakeStatus(Code::kInvalid, absl::StrCat("group: ", index, " is not one of the pool's ",
                                                   tables_.group_count));
  }
  const char* name = tables_.groups[index].name;
  return std::string(name, strnlen(name, kMaxNameBytes));
}

}  // namespace billiard::pool
