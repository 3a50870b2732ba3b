/* What the bindings see of pipes, connections, listeners and clients. A language's module file includes
 * it after bp.i, whose rules hold here too; the typemaps are those of language_typemaps.i. */

%include "bindings/interface/connection_names.i"
%include "bindings/interface/connection_headers.i"
