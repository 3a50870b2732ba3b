// What a bp_interrupt holds.
#ifndef BILLIARD_C_API_INTERRUPT_OBJECT_H_
#define BILLIARD_C_API_INTERRUPT_OBJECT_H_

#include "billiard/interrupt.h"
#include "billiard_core/os/interrupt.h"

struct bp_interrupt {
  billiard::os::Interrupt core;
};

namespace billiard::c_api {

inline os::Interrupt* Core(bp_interrupt* interrupt) {
  return interrupt == nullptr ? nullptr : &interrupt->core;
}

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_INTERRUPT_OBJECT_H_
