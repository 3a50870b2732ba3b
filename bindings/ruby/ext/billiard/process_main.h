// How Ruby code is entered in a process object's child, and how such a child is started.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_PROCESS_MAIN_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_PROCESS_MAIN_H_

#include <ruby.h>

#include "bindings/interface/process_builder.h"

namespace billiard_ruby {

// Lets processes and the fork server fork through Process._fork, as every fork of a Ruby process must go.
void ForkProcessesThroughRuby();

// Makes the forked child call `block` with a binary String (no bytes); the block returns the exit status.
// Returns an object that keeps the block alive: it must live as long as the process object.
VALUE SetProcessBlock(bpi_process_builder* builder, VALUE block);

// Makes a child that was started anew, and runs the entry `name`, call `block` with its data. For good.
VALUE RegisterEntry(const char* name, VALUE block);

// bp_process_start. A fork is made with the GVL, as its child goes on as this thread; others start without
// it.
VALUE StartProcess(VALUE process, VALUE forks);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_PROCESS_MAIN_H_
