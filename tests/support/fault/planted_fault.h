// A fault for one process of a pool, told by the environment (billiard_core/base/fault_point.h): whichever
// armed process reaches the point first for the `count`th time gets the signal, and no other does.
//
//   PlantedFault fault("pool.taken", 1, SIGKILL);  // before the pool is made
//   ...
//   EXPECT_TRUE(fault.Struck());
#ifndef BILLIARD_TESTS_SUPPORT_FAULT_PLANTED_FAULT_H_
#define BILLIARD_TESTS_SUPPORT_FAULT_PLANTED_FAULT_H_

#include <string>

namespace billiard::testing {

class PlantedFault {
 public:
  PlantedFault(const std::string& point, int count, int signal_number);
  ~PlantedFault();
  PlantedFault(const PlantedFault&) = delete;
  PlantedFault& operator=(const PlantedFault&) = delete;

  bool Struck() const;

 private:
  std::string ticket_;
};

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_FAULT_PLANTED_FAULT_H_
