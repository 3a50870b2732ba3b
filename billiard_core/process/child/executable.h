// The program that is started for spawned children: this one, or what set_executable names (CTX-31).
#ifndef BILLIARD_CORE_PROCESS_CHILD_EXECUTABLE_H_
#define BILLIARD_CORE_PROCESS_CHILD_EXECUTABLE_H_

#include <string>
#include <vector>

namespace billiard::process {

// A program with the arguments that bring it to freeze_support, as an interpreter's script; empty: this
// program alone. It holds for children started later, and for theirs.
void SetExecutable(std::vector<std::string> command);
std::vector<std::string> ChosenExecutable();  // empty: this program

// The file of this program as a link tells it; "" when it can not be told.
std::string RunningProgram();
// What to execute: the chosen program (without '/': looked for in PATH), or this one, also when its file has
// gone.
std::string ProgramToExecute();
// The words that it is started with; the marker of a child follows them.
std::vector<std::string> CommandToExecute();

// Modules that the fork server loads (CTX-51), effective until it is started.
void SetPreload(std::vector<std::string> modules);
std::vector<std::string> Preload();

}  // namespace billiard::process

#endif  // BILLIARD_CORE_PROCESS_CHILD_EXECUTABLE_H_
