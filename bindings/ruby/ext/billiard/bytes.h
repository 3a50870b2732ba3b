// Bytes on their way into Ruby. A message is the pair [binary String, format].
#ifndef BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_BYTES_H_
#define BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_BYTES_H_

#include <ruby.h>

#include "billiard/bp.h"

namespace billiard_ruby {

// Copies bytes that stay the library's.
VALUE Message(const void* data, size_t size, uint32_t format);

// Copies the buffer's bytes and frees it, also when Ruby has no memory for them.
VALUE TakeMessage(bp_buffer* buffer);

// Several messages, as an Array of pairs; frees all buffers, also when Ruby has no memory for them.
VALUE TakeMessages(bp_buffer* buffers, size_t count);

// Views of pairs [String, format]; `count` is the Array's size. The Strings are only borrowed: nobody
// may change them before the views were used.
void FillViews(VALUE messages, bp_view* views, size_t count);

}  // namespace billiard_ruby

#endif  // BILLIARD_BINDINGS_RUBY_EXT_BILLIARD_BYTES_H_
