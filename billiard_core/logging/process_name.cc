#include "billiard_core/logging/process_name.h"

#include <atomic>
#include <string>

namespace billiard::logging {
namespace {

// A list of all names ever set, so that a reader is never left with a name that is gone.
struct Name {
  std::string text;
  const Name* before;
};

std::atomic<const Name*> current{nullptr};

}  // namespace

absl::string_view ProcessName() {
  const Name* name = current.load(std::memory_order_acquire);
  return name == nullptr ? absl::string_view("MainProcess") : absl::string_view(name->text);
}

void SetProcessName(absl::string_view name) {
  auto* made = new Name{std::string(name), current.load(std::memory_order_relaxed)};
  while (!current.compare_exchange_weak(made->before, made, std::memory_order_release,
                                        std::memory_order_relaxed)) {
  }
}

}  // namespace billiard::logging
