/* Billiard: processes, pools and queues for C, C++, Ruby, Go and Lua. One header for all. */
#ifndef BILLIARD_BP_H_
#define BILLIARD_BP_H_

#include "billiard/array.h"
#include "billiard/barrier.h"
#include "billiard/common.h"
#include "billiard/condition.h"
#include "billiard/error.h"
#include "billiard/event.h"
#include "billiard/imap.h"
#include "billiard/interrupt.h"
#include "billiard/lock.h"
#include "billiard/map.h"
#include "billiard/memory.h"
#include "billiard/object.h"
#include "billiard/pool.h"
#include "billiard/pool_events.h"
#include "billiard/pool_watch.h"
#include "billiard/pool_workers.h"
#include "billiard/queue.h"
#include "billiard/result.h"
#include "billiard/rlock.h"
#include "billiard/segment.h"
#include "billiard/semaphore.h"
#include "billiard/status.h"
#include "billiard/task.h"
#include "billiard/value.h"
#include "billiard/version.h"
#include "billiard/worker.h"

#endif /* BILLIARD_BP_H_ */
