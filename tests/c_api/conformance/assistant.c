#include "tests/c_api/conformance/assistant.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/c_api/conformance/outcome.h"

/* The runner that plays the assistants: this one, unless the checker wants another language's. */
static const char* program(void) {
  const char* other = getenv("BILLIARD_ASSISTANT");
  return other != NULL ? other : "/proc/self/exe";
}

assistant start_assistant(const char* role, const char* name, const char* argument) {
  const char* words[] = {program(), run_nonce(), "--assist", role, name, argument, NULL};
  int to_child[2];
  int from_child[2];
  if (pipe2(to_child, O_CLOEXEC) != 0 || pipe2(from_child, O_CLOEXEC) != 0) unexpected("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
  assistant one = {.input = to_child[1], .output = fdopen(from_child[0], "r")};
  if (one.output == NULL) unexpected("no stream");
  int refused = posix_spawn(&one.pid, words[0], &actions, NULL, (char**)words, environ);
  if (refused != 0) unexpected(strerror(refused));
  posix_spawn_file_actions_destroy(&actions);
  close(to_child[0]);
  close(from_child[1]);
  return one;
}

void next_line(assistant* one, char line[200]) {
  if (fgets(line, 200, one->output) == NULL) unexpected("the assistant ended without a line");
  line[strcspn(line, "\n")] = '\0';
}

void await_line(assistant* one, const char* expected) {
  char line[200];
  next_line(one, line);
  if (strcmp(line, expected) != 0) unexpected(line);
}

/* Waits for its end and returns its status. */
static int reap(assistant* one) {
  int status = 0;
  close(one->input);
  while (waitpid(one->pid, &status, 0) < 0) {
    if (errno != EINTR) unexpected("the assistant is no child");
  }
  fclose(one->output);
  return status;
}

void kill_assistant(assistant* one) {
  kill(one->pid, SIGKILL);
  int status = reap(one);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) unexpected("the assistant had ended");
}

void end_assistant(assistant* one) {
  if (reap(one) != 0) unexpected("the assistant failed");
}

void say(const char* line) {
  puts(line);
  fflush(stdout);
}

void await_end_of_input(void) {
  char ignored;
  ssize_t size;
  do {
    size = read(STDIN_FILENO, &ignored, 1);
  } while (size > 0 || (size < 0 && errno == EINTR));
}
