// What a bp_imap_iterator holds: the core's stream, and the function that feeds it.
#ifndef BILLIARD_C_API_IMAP_OBJECT_H_
#define BILLIARD_C_API_IMAP_OBJECT_H_

#include <atomic>
#include <memory>

#include "billiard/imap.h"
#include "billiard_core/pool/stream.h"

struct bp_imap_iterator {
  std::unique_ptr<billiard::pool::Stream> core;
  bp_feed_fn feed = nullptr;
  void* feed_context = nullptr;
  std::atomic<bool> feeding{false};  // by some thread, which is the only one that may
};

namespace billiard::c_api {

// Calls the feed function until there is no more room or the input has ended. Returns at once when another
// thread is at it.
absl::Status Feed(bp_imap_iterator* iterator);

}  // namespace billiard::c_api

#endif  // BILLIARD_C_API_IMAP_OBJECT_H_
