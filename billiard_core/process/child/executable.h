// The program that is started for spawned children: this one, or what set_executable names (CTX-31).
#ifndef BILLIARD_CORE_PROCESS_CHILD_EXECUTABLE_H_
#define BILLIARD_CORE_PROCESS_CHILD_EXECUTABLE_H_

#include <string>
#include <vector>

namespace billiard::process {

// Empty: this program. It holds for children started later, and for theirs.
void SetExecutable(std::string path);
std::string ChosenExecutable();  // empty: this program

// The file of this program as a link tells it; "" when it can not be told.
std::string RunningProgram();
// What to execute: the chosen one, or this program itself, also when its file has gone.
std::string ProgramToExecute();

// Modules that the fork server loads (CTX-51), effective until it is started.
void SetPreload(std::vector<std::string> modules);
std::vector<std::string> Preload();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_EXECUTABLE_H_
