// An event of the core as the C ABI shows it.
#ifndef BILLIARD_C_API_POOL_EVENT_CONVERT_H_
#define BILLIARD_C_API_POOL_EVENT_CONVERT_H_

#include "billiard/pool_events.h"
#include "billiard_core/pool/pool_event.h"

namespace billiard::c_api {

bp_pool_event Convert(const pool::PoolEvent& event);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_POOL_EVENT_CONVERT_H_
