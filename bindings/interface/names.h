// For the other helpers: the texts that a bpi_names holds.
#ifndef BILLIARD_BINDINGS_INTERFACE_NAMES_H_
#define BILLIARD_BINDINGS_INTERFACE_NAMES_H_

#include <vector>

#include "bindings/interface/calls.h"

// They live as long as `names`, and until the next text is added.
std::vector<const char*> Pointers(const bpi_names* names);

#endif  // BILLIARD_BINDINGS_INTERFACE_NAMES_H_
