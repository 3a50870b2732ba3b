/* SWIG module of the Go binding. What it wraps is listed in bindings/interface/bp.i; how Go sees it
 * is in language_typemaps.i, beside this file. The generated package stays in build outputs;
 * programs use the hand-written package `billiard` alone. */
%module native

%include "bindings/interface/bp.i"
%include "bindings/interface/objects.i"
%include "bindings/interface/connections.i"
%include "bindings/interface/processes.i"
