/* Another process that a scenario starts: a runner, this one or another language's, that plays one role
 * and tells by lines how far it is (bindings/conformance/README.md, "Assistants"). */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_ASSISTANT_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_ASSISTANT_H_

#include <stdio.h>
#include <sys/types.h>

typedef struct assistant {
  pid_t pid;
  int input; /* its standard input, which tells it to end when it is closed */
  FILE* output;
} assistant;

/* Starts the role for the scenario's object `name`; `argument` may be NULL. */
assistant start_assistant(const char* role, const char* name, const char* argument);

/* Waits for its next line, which goes to `line` without its end. Anything but a line is unexpected. */
void next_line(assistant* one, char line[200]);

/* The same; the line must be `expected`. */
void await_line(assistant* one, const char* expected);

/* Kills it with SIGKILL; it has died when this returns. */
void kill_assistant(assistant* one);

/* Closes its input and waits for its end, which must be with status 0. */
void end_assistant(assistant* one);

/* The other side: plays a role in this process. Returns the exit status. */
int play_role(const char* role, int count, char** arguments);

/* The roles of the test with one process per language at once. */
void play_together(char** arguments);
void play_hold_together(char** arguments);

/* Tells the scenario something, at once. */
void say(const char* line);

/* Waits until the scenario closes this process's standard input. */
void await_end_of_input(void);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_ASSISTANT_H_ */
