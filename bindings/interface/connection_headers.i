/* The headers of connections; see connections.i. */

/* Macros whose values SWIG can not read from the headers. */
%constant int64_t BP_MESSAGE_MAX = BP_MESSAGE_MAX;

%include "billiard/connection.h"
%include "billiard/listener.h"
%include "bindings/interface/connections.h"
