#include "billiard_core/sync/arena_waits.h"

#include <memory>
#include <utility>

namespace billiard::sync {
namespace {

using shared_memory::Arena;
using shared_memory::Owner;
using shared_memory::WaitRegion;

class ArenaWaits final : public WaitRegion {
 public:
  explicit ArenaWaits(std::unique_ptr<WaitTable> table) : table_(std::move(table)) {}
  void TakeBack(Owner dead) override { table_->TakeBack(dead); }
  WaitTable* table() const { return table_.get(); }

 private:
  const std::unique_ptr<WaitTable> table_;
};

absl::StatusOr<std::unique_ptr<WaitRegion>> OpenWaits(Arena* arena) {
  static_assert(WaitTable::kBytes <= Arena::kWaitTableBytes);
  absl::StatusOr<std::unique_ptr<WaitTable>> table =
      WaitTable::Open(arena->segment(), Arena::kWaitTableOffset, arena->participants());
  if (!table.ok()) return table.status();
  return std::make_unique<ArenaWaits>(*std::move(table));
}

}  // namespace

absl::StatusOr<WaitTable*> WaitsOf(shared_memory::Arena* arena) {
  const absl::StatusOr<WaitRegion*> waits = arena->WaitRegionMadeBy(OpenWaits);
  if (!waits.ok()) return waits.status();
  return static_cast<ArenaWaits*>(*waits)->table();  // nobody else makes any
}

}  // namespace billiard::sync
