// The instructions of one run of an operation, one after the other, and the cheapest way for another run
// of it to get in front of each of them: at full speed to a breakpoint, then step by step. Going there by
// steps alone takes a time that grows with the square of the operation's length over all places.
#ifndef BILLIARD_TESTS_SUPPORT_SINGLE_STEP_PATH_H_
#define BILLIARD_TESTS_SUPPORT_SINGLE_STEP_PATH_H_

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace billiard::testing {

class Path {
 public:
  // To the `visits`-th time that it stands in front of the instruction at `address`, which is where it
  // begins if there are none; then `steps` instructions.
  struct Way {
    uintptr_t address = 0;
    uint64_t visits = 0;
    uint64_t steps = 0;
  };

  // The run stands in front of this one now. The first call is for where it begins.
  void Add(uintptr_t address);

  // Instructions that the run was seen to make.
  uint64_t length() const { return places_.size() - 1; }
  uintptr_t address(uint64_t place) const { return places_[place].address; }
  Way To(uint64_t place) const;

 private:
  struct Place {
    uintptr_t address;
    uint64_t visit;  // how often the run was here, with this time
    size_t from;     // the place of the breakpoint; 0: none
    uint64_t cost;   // of the way, in steps
  };
  std::vector<Place> places_;
  std::unordered_map<uintptr_t, uint64_t> visits_;
};

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_SINGLE_STEP_PATH_H_
