/* What the bindings see of objects in shared memory: locks, semaphores, events, conditions, barriers,
 * values, arrays and blocks. A language's module file includes it after bp.i, whose rules hold here
 * too; the typemaps are those of language_typemaps.i. */

%include "bindings/interface/object_names.i"
%include "bindings/interface/object_headers.i"
