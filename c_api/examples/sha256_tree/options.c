#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(const char* what, const char* argument) {
  fprintf(stderr, "c: %s: %s\n", what, argument);
  return false;
}

static bool parse_workers(const char* text, job_options* options) {
  char* end = NULL;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || number < 1 || number > INT32_MAX) {
    return wrong("--workers needs a number of at least 1, not", text);
  }
  options->workers = (int32_t)number;
  return true;
}

bool parse_options(int argc, char** argv, job_options* options) {
  static const char kWorkers[] = "--workers=";
  *options = (job_options){.workers = 0, .kill_one = false, .directory = NULL};
  bool only_names = false;
  for (int i = 1; i < argc; ++i) {
    const char* argument = argv[i];
    if (only_names || argument[0] != '-') {
      if (options->directory != NULL) return wrong("more than one DIR", argument);
      options->directory = argument;
    } else if (strcmp(argument, "--") == 0) {
      only_names = true;
    } else if (strcmp(argument, "--kill-one") == 0) {
      options->kill_one = true;
    } else if (strncmp(argument, kWorkers, sizeof kWorkers - 1) == 0) {
      if (!parse_workers(argument + sizeof kWorkers - 1, options)) return false;
    } else if (strcmp(argument, "--workers") == 0 && i + 1 < argc) {
      if (!parse_workers(argv[++i], options)) return false;
    } else {
      return wrong("unknown or incomplete option", argument);
    }
  }
  if (options->directory == NULL) options->directory = "/usr/include";
  return true;
}
