#include "billiard/interrupt.h"

#include "c_api/src/guard.h"
#include "c_api/src/interrupt_object.h"

using billiard::c_api::ClearOut;
using billiard::c_api::Guard;

bp_status bp_interrupt_create(bp_interrupt** out, bp_error** error) {
  return Guard(error, [&] {
    BP_RETURN_IF_ERROR(ClearOut(out));
    *out = new bp_interrupt;
    return absl::OkStatus();
  });
}

void bp_interrupt_raise(bp_interrupt* interrupt) {
  if (interrupt != nullptr) interrupt->core.Raise();
}

void bp_interrupt_reset(bp_interrupt* interrupt) {
  if (interrupt != nullptr) interrupt->core.Reset();
}

int bp_interrupt_is_raised(const bp_interrupt* interrupt) {
  return interrupt != nullptr && interrupt->core.raised() ? 1 : 0;
}

void bp_interrupt_release(bp_interrupt* interrupt) { delete interrupt; }
