// How the library forks a Ruby process and enters Ruby in a forked worker.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WORKER_MAIN_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WORKER_MAIN_H_

#include <ruby.h>

#include "bindings/interface/pool_builder.h"

namespace billiard_ruby {

// Process._fork for the library: the pid, 0 in the child, or -1 and errno.
int32_t ForkProcess(void*);

// Lets the builder's pool fork through Process._fork, as every fork of a Ruby process must go. Ruby
// knows what to do about its own threads, so they are no hindrance.
void ForkThroughRuby(bpi_pool_builder* builder);

// Makes the group's forked workers call `block` with the worker's handle; the block returns the
// exit status. Returns an object that keeps the block alive: it must live as long as the pool.
VALUE SetWorkerBlock(bpi_pool_builder* builder, int32_t group, VALUE block);

// What a hook around _fork raised since the last call, if it was no error of the system; else nil.
VALUE TakeForkError();

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_WORKER_MAIN_H_
