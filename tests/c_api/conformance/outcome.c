#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
  const char* nonce;
  const char* scenario;
  char text[4096];
  size_t size;
} outcome;

void outcome_begin(const char* nonce, const char* scenario) {
  outcome.nonce = nonce;
  outcome.scenario = scenario;
  outcome.size = 0;
  outcome.text[0] = '\0';
}

void outcome_add(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t room = sizeof outcome.text - outcome.size;
  int size = vsnprintf(outcome.text + outcome.size, room, format, arguments);
  va_end(arguments);
  if (size < 0 || (size_t)size >= room) abort();
  outcome.size += (size_t)size;
}

void outcome_end(void) {
  printf("%s\t%s\t%s\n", outcome.scenario, outcome.nonce, outcome.text);
  fflush(stdout);
}

const char* run_nonce(void) { return outcome.nonce; }

const char* run_scenario(void) { return outcome.scenario; }

void queue_name(const char* suffix, char name[200]) {
  snprintf(name, 200, "%s-%s-%s", outcome.nonce, outcome.scenario, suffix);
}

_Noreturn void unexpected(const char* what) {
  if (outcome.scenario == NULL) {
    fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
  }
  outcome.size = 0;
  outcome_add("unexpected %.3000s", what);
  outcome_end();
  exit(EXIT_FAILURE);
}

void expect_ok(bp_status status, bp_error* error) {
  if (status < BP_OK) {
    unexpected(error != NULL ? bp_error_message(error) : bp_status_name(status));
  }
  bp_error_release(error);
}

const char* short_status(bp_status status) {
  const char* name = bp_status_name(status);
  return strncmp(name, "BP_", 3) == 0 ? name + 3 : name;
}

void add_error_naming(bp_status status, bp_error* error, const char* text) {
  const char* message = bp_error_message(error);
  if (strstr(message, text) != NULL) {
    outcome_add("error %s naming %s", short_status(status), text);
  } else {
    outcome_add("error %s message: %.1000s", short_status(status), message);
  }
  bp_error_release(error);
}

void add_task_error(bp_status status, bp_error* error) {
  const char* class_name = bp_error_class(error);
  const char* message = bp_error_message(error);
  size_t class_size = strlen(class_name);
  if (strncmp(message, class_name, class_size) == 0 &&
      strncmp(message + class_size, ": ", 2) == 0) {
    message += class_size + 2; /* the task's own text, without the class before it */
  }
  outcome_add("error %s class=%s message=%s", short_status(status),
              strcmp(class_name, "ConformanceFailure") == 0 ? "own" : class_name, message);
  bp_error_release(error);
}
