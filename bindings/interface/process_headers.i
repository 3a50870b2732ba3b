/* The headers of processes, contexts and finalizers; see processes.i. */

/* A macro whose value SWIG can not read from the header. */
BPI_OPEN(BP_EXIT_NONE)
%constant int32_t BP_EXIT_NONE = BP_EXIT_NONE;

%include "billiard/context.h"
%include "billiard/process.h"
%include "billiard/finalizer.h"
%include "bindings/interface/process_builder.h"
%include "bindings/interface/processes.h"
