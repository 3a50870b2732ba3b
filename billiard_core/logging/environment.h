// How the logger's settings reach children that are executed and not forked (UTIL-49, UTIL-104):
//
//   _MP_FORK_LOGLEVEL_   the level as a number; unset: the child does not log
//   _MP_FORK_LOGFILE_    a path to append to; empty or unset: stderr
//   _MP_FORK_LOGFORMAT_  line_format.h; unset: the default
#ifndef BILLIARD_CORE_LOGGING_ENVIRONMENT_H_
#define BILLIARD_CORE_LOGGING_ENVIRONMENT_H_

#include <string>
#include <vector>

namespace billiard::logging {

// "NAME=value" for a child to be executed that is to log as this process does; empty when this process
// logs nowhere, or to a descriptor that the child will not have.
std::vector<std::string> EnvironmentForChildren();

// Sets the logger up as the environment says, unless it has a sink. A file that can not be opened gives
// way to stderr.
void ConfigureFromEnvironment();

}  // namespace billiard::logging

#endif  // BILLIARD_CORE_LOGGING_ENVIRONMENT_H_
