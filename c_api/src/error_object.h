// What a bp_error holds. Made by guard.h and result.cc alone.
#ifndef BILLIARD_C_API_ERROR_OBJECT_H_
#define BILLIARD_C_API_ERROR_OBJECT_H_

#include <string>

#include "billiard/error.h"

struct bp_error {
  bp_status status = BP_INTERNAL;
  std::string message;
  int error_number = 0;
  std::string class_name;
  std::string backtrace;
  uint64_t job = BP_NO_JOB;
  int32_t pid = 0;
  int32_t exit_status = BP_EXIT_UNKNOWN;
  bool out_of_memory = false;
};

#endif  // BILLIARD_C_API_ERROR_OBJECT_H_
