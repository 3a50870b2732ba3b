// What a bp_process holds.
#ifndef BILLIARD_C_API_PROCESS_OBJECT_H_
#define BILLIARD_C_API_PROCESS_OBJECT_H_

#include <memory>

#include "billiard/process.h"
#include "billiard_core/process/child/process.h"

struct bp_process {
  std::shared_ptr<billiard::process::Process> core;
};

#endif  // BILLIARD_C_API_PROCESS_OBJECT_H_
