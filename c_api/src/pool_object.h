// bp_pool is the core's Pool under another name.
#ifndef BILLIARD_C_API_POOL_OBJECT_H_
#define BILLIARD_C_API_POOL_OBJECT_H_

#include "billiard/pool.h"
#include "billiard_core/pool/pool.h"

namespace billiard::c_api {

inline pool::Pool* Core(bp_pool* pool) { return reinterpret_cast<pool::Pool*>(pool); }

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_POOL_OBJECT_H_
