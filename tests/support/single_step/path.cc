#include "tests/support/single_step/path.h"

namespace billiard::testing {
namespace {

// Setting a breakpoint and taking it away again, compared with one step. Each visit costs as much as a step:
// one stop.
constexpr uint64_t kSetCost = 2;

}  // namespace

void Path::Add(uintptr_t address) {
  const uint64_t visit = ++visits_[address];
  if (places_.empty()) {
    places_.push_back({address, visit, 0, 0});
    return;
  }
  const Place& last = places_.back();
  Place place = {address, visit, last.from, last.cost + 1};
  const uint64_t by_breakpoint = kSetCost + visit;
  if (by_breakpoint < place.cost) {
    place.from = places_.size();
    place.cost = by_breakpoint;
  }
  places_.push_back(place);
}

Path::Way Path::To(uint64_t place) const {
  const size_t from = places_[place].from;
  if (from == 0) return {0, 0, place};
  return {places_[from].address, places_[from].visit, place - from};
}

}  // namespace billiard::testing
