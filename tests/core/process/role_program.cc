// A worker command: plays the role that its arguments name.
#include <string>
#include <vector>

#include "tests/core/process/role.h"

int main(int argc, char** argv) {
  const std::vector<std::string> role(argv + 1, argv + argc);
  return billiard::process::PlayRole(role, billiard::process::kReportFd,
                                     billiard::process::kGateFd);
}
