// The logger of a child that is no fork of its parent, and logs as that one does (UTIL-45, UTIL-49).
#ifndef BILLIARD_CORE_LOGGING_INHERITANCE_H_
#define BILLIARD_CORE_LOGGING_INHERITANCE_H_

#include <string>

#include "billiard_core/logging/logger.h"

namespace billiard::logging {

struct Inheritance {
  Sink sink = Sink::kNone;
  int level = kNotSet;
  std::string path;  // of kFile
  std::string format;
  std::string name;
};

// As this process logs. A descriptor is not handed on: such a child logs nowhere.
Inheritance InheritanceForChild();

// In the child, before user code. The environment goes first (environment.h); a logger that has a sink stays as
// it is. A file that can not be opened gives way to stderr.
void Inherit(const Inheritance& inheritance);

}  // namespace billiard::logging

#endif  // BILLIARD_CORE_LOGGING_INHERITANCE_H_
