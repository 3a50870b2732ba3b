// Which places of a pool are to have a worker, and of which group: what the host wishes. The supervisor
// sees to it that the processes follow.
//
//   wanted    a worker belongs here; when it ends it is replaced
//   occupied  there is a process, or one is being started or waited for
//
// A place that is occupied and not wanted has a worker that is leaving. Private to the host process;
// every function must be called with the pool's mutex held.
#ifndef BILLIARD_CORE_POOL_HOST_PLACES_H_
#define BILLIARD_CORE_POOL_HOST_PLACES_H_

#include <cstdint>
#include <vector>

#include "absl/types/optional.h"
#include "billiard_core/pool/options.h"

namespace billiard::pool {

class HostPlaces {
 public:
  // The first places go to the workers that the groups begin with, in order.
  HostPlaces(const std::vector<GroupOptions>& groups, uint32_t count);

  uint32_t count() const { return static_cast<uint32_t>(places_.size()); }
  bool IsWanted(uint32_t place) const { return places_[place].wanted; }
  // Wanted, or still occupied.
  bool IsInUse(uint32_t place) const { return places_[place].wanted || places_[place].occupied; }
  // Group of the wanted worker.
  uint32_t GroupAt(uint32_t place) const { return places_[place].group; }
  int Wanted() const;
  int WantedIn(uint32_t group) const;

  // One more worker: at the smallest free place (POOL-140), or, when there is none, at one whose worker
  // is leaving. Nothing when all are wanted.
  absl::optional<uint32_t> Add(uint32_t group);
  void Remove(uint32_t place) { places_[place].wanted = false; }

  // The supervisor's: a process is started, or its end has been dealt with and none follows.
  void Occupy(uint32_t place) { places_[place].occupied = true; }
  void Vacate(uint32_t place) { places_[place].occupied = false; }

  // Whether each wanted place has had a process started, or READY, since it has been wanted.
  void MarkStarted(uint32_t place) { places_[place].started = true; }
  void MarkReady(uint32_t place) { places_[place].ready = true; }
  bool AllStarted() const;
  bool AllReady() const;

 private:
  struct Place {
    bool wanted = false;
    bool occupied = false;
    bool started = false;
    bool ready = false;
    uint32_t group = 0;
  };

  std::vector<Place> places_;
};

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_HOST_PLACES_H_
