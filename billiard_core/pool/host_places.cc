#include "billiard_core/pool/host_places.h"

#include <algorithm>

namespace billiard::pool {

HostPlaces::HostPlaces(const std::vector<GroupOptions>& groups, uint32_t count) : places_(count) {
  uint32_t place = 0;
  for (uint32_t g = 0; g < groups.size(); ++g) {
    for (int i = 0; i < groups[g].workers && place < count; ++i, ++place) {
      places_[place].wanted = true;
      places_[place].group = g;
    }
  }
}

int HostPlaces::Wanted() const {
  return static_cast<int>(std::count_if(places_.begin(), places_.end(),
                                        [](const Place& place) { return place.wanted; }));
}

int HostPlaces::WantedIn(uint32_t group) const {
  return static_cast<int>(
      std::count_if(places_.begin(), places_.end(),
                    [group](const Place& place) { return place.wanted && place.group == group; }));
}

absl::optional<uint32_t> HostPlaces::Add(uint32_t group) {
  auto found = std::find_if(places_.begin(), places_.end(),
                            [](const Place& place) { return !place.wanted && !place.occupied; });
  if (found == places_.end()) {
    found = std::find_if(places_.begin(), places_.end(),
                         [](const Place& place) { return !place.wanted; });
  }
  if (found == places_.end()) return absl::nullopt;
  const bool occupied = found->occupied;
  *found = Place();
  found->wanted = true;
  found->occupied = occupied;
  found->group = group;
  return static_cast<uint32_t>(found - places_.begin());
}

bool HostPlaces::AllStarted() const {
  return std::all_of(places_.begin(), places_.end(),
                     [](const Place& place) { return !place.wanted || place.started; });
}

bool HostPlaces::AllReady() const {
  return std::all_of(places_.begin(), places_.end(),
                     [](const Place& place) { return !place.wanted || place.ready; });
}

}  // namespace billiard::pool
