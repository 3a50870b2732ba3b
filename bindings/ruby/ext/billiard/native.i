/* The module Billiard::Native: private to the hand-written layer in lib/billiard. */
%module "billiard::native"
%include "bindings/interface/bp.i"
%include "bindings/interface/object_headers.i"
%include "bindings/interface/connection_headers.i"
%include "bindings/interface/process_headers.i"
