/* The headers of objects in shared memory; see objects.i. */

/* Macros whose values SWIG can not read from the headers. */
%constant int64_t BP_SEM_VALUE_MAX = BP_SEM_VALUE_MAX;
%constant int64_t BP_TRACKED_VALUE_MAX = BP_TRACKED_VALUE_MAX;
%constant int64_t BP_PARTIES_MAX = BP_PARTIES_MAX;

%include "billiard/segment.h"
%include "billiard/object.h"
%include "billiard/memory.h"
%include "billiard/lock.h"
%include "billiard/rlock.h"
%include "billiard/semaphore.h"
%include "billiard/event.h"
%include "billiard/condition.h"
%include "billiard/barrier.h"
%include "billiard/value.h"
%include "billiard/array.h"
%include "bindings/interface/objects.h"
