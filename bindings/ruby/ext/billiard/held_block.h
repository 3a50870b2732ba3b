// Ruby blocks that C calls back, kept from the garbage collector and from being moved.
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HELD_BLOCK_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HELD_BLOCK_H_

#include <ruby.h>

namespace billiard_ruby {

// An object that keeps `block` alive as long as it lives; *context is what C hands back.
VALUE HoldBlock(VALUE block, void** context);

// The block behind a context, while its object lives.
VALUE HeldBlockOf(void* context);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_HELD_BLOCK_H_
