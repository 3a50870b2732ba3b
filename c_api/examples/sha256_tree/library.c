#include "library.h"

#ifdef BILLIARD_DLOPEN

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

struct billiard_library billiard;

static bool find(void* library, const char* name, void** out) {
  *out = dlsym(library, name);
  if (*out == NULL) fprintf(stderr, "c: libbilliard.so.0 has no %s\n", name);
  return *out != NULL;
}

bool open_library(void) {
  const char* path = getenv("BILLIARD_LIBRARY");
  void* library = dlopen(path != NULL ? path : "libbilliard.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "c: %s\n", dlerror());
    return false;
  }
  /* POSIX guarantees that a pointer to a function fits a void*, C does not: hence no plain cast. */
#define BILLIARD_FIND_(name, result, parameters) \
  if (!find(library, "bp_" #name, (void**)&billiard.name)) return false;
  BILLIARD_FUNCTIONS(BILLIARD_FIND_)
#undef BILLIARD_FIND_
  return true;
}

#else

bool open_library(void) { return true; }

#endif
