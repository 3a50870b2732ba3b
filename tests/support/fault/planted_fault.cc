#include "tests/support/fault/planted_fault.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace billiard::testing {

PlantedFault::PlantedFault(const std::string& point, int count, int signal_number) {
  const char* folder = getenv("TEST_TMPDIR");
  ticket_ =
      std::string(folder == nullptr ? "/tmp" : folder) + "/ticket-" + std::to_string(getpid());
  std::ofstream(ticket_).put('\n');
  const std::string fault =
      point + ":" + std::to_string(count) + ":" + std::to_string(signal_number) + ":" + ticket_;
  setenv("BILLIARD_FAULT", fault.c_str(), 1);
}

PlantedFault::~PlantedFault() {
  unsetenv("BILLIARD_FAULT");
  unlink(ticket_.c_str());
}

bool PlantedFault::Struck() const { return access(ticket_.c_str(), F_OK) != 0; }

}  // namespace billiard::testing
