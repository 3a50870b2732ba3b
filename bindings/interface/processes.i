/* What the bindings see of processes, contexts and finalizers. A language's module file includes it after
 * bp.i, whose rules hold here too; the typemaps are those of language_typemaps.i. */

%include "bindings/interface/process_names.i"
%include "bindings/interface/process_headers.i"
