// What a bp_context holds: one constant for each start method.
#ifndef BILLIARD_C_API_CONTEXT_OBJECT_H_
#define BILLIARD_C_API_CONTEXT_OBJECT_H_

#include "billiard/context.h"
#include "billiard_core/process/child/start_method.h"

struct bp_context {
  billiard::process::StartMethod method;  // kDefault: the default context
};

namespace billiard::c_api {

inline process::StartMethod MethodOf(const bp_context* context) {
  return context == nullptr ? process::StartMethod::kDefault : context->method;
}

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_CONTEXT_OBJECT_H_
