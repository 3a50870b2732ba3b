// What a bp_segment holds.
#ifndef BILLIARD_C_API_SEGMENT_OBJECT_H_
#define BILLIARD_C_API_SEGMENT_OBJECT_H_

#include <memory>

#include "billiard/segment.h"
#include "billiard_core/shared_memory/arena.h"

struct bp_segment {
  std::shared_ptr<billiard::shared_memory::Arena> arena;
};

#endif  // BILLIARD_C_API_SEGMENT_OBJECT_H_
