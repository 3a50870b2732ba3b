#include "bindings/ruby/ext/billiard/held_block.h"

namespace billiard_ruby {
namespace {

// Marked, and so pinned, through the object that holds it.
struct HeldBlock {
  VALUE block;
};

void MarkHeldBlock(void* data) { rb_gc_mark(static_cast<HeldBlock*>(data)->block); }

const rb_data_type_t kHeldBlockType = {
    "Billiard::Native::HeldBlock",
    {MarkHeldBlock, RUBY_DEFAULT_FREE, nullptr, nullptr, {nullptr}},
    nullptr,
    nullptr,
    RUBY_TYPED_FREE_IMMEDIATELY};

}  // namespace

VALUE HoldBlock(VALUE block, void** context) {
  HeldBlock* held;
  VALUE object = TypedData_Make_Struct(rb_cObject, HeldBlock, &kHeldBlockType, held);
  held->block = block;
  *context = held;
  return object;
}

VALUE HeldBlockOf(void* context) { return static_cast<HeldBlock*>(context)->block; }

}  // namespace billiard_ruby
