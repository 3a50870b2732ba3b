/* Billiard: processes, pools and queues for C, C++, Ruby, Go and Lua. One header for all. */
#ifndef BILLIARD_BP_H_
#define BILLIARD_BP_H_

#include "billiard/common.h"
#include "billiard/error.h"
#include "billiard/interrupt.h"
#include "billiard/pool.h"
#include "billiard/queue.h"
#include "billiard/result.h"
#include "billiard/status.h"
#include "billiard/task.h"
#include "billiard/version.h"
#include "billiard/worker.h"

#endif /* BILLIARD_BP_H_ */
