// The messages of a joinable queue that this process got and has not finished, oldest first: what a
// task_done without a name means. The truth is in the blocks' tags; an entry may be out of date.
//
// Threads: all functions, any thread. Fork: a child's list begins empty; the messages are its parent's.
#ifndef BILLIARD_CORE_QUEUE_UNFINISHED_LIST_H_
#define BILLIARD_CORE_QUEUE_UNFINISHED_LIST_H_

#include <cstdint>
#include <deque>
#include <memory>

#include "billiard_core/os/process_lock.h"
#include "billiard_core/queue/words.h"

namespace billiard::queue {

class UnfinishedList {
 public:
  struct Entry {
    BlockRef ref;
    uint64_t tag;  // UNFINISHED, as it was
  };

  void Push(Entry entry) {
    os::ProcessLock::Hold hold(&lock_);
    Own(hold)->push_back(entry);
  }

  // False: there is none.
  bool Pop(Entry* entry) {
    os::ProcessLock::Hold hold(&lock_);
    std::deque<Entry>* const entries = Own(hold);
    if (entries->empty()) return false;
    *entry = entries->front();
    entries->pop_front();
    return true;
  }

  bool empty() {
    os::ProcessLock::Hold hold(&lock_);
    return Own(hold)->empty();
  }

 private:
  std::deque<Entry>* Own(const os::ProcessLock::Hold& hold) {
    // A parent's list may have been copied in the middle of a change: it is left alone.
    if (hold.IsNewProcess()) static_cast<void>(entries_.release());
    if (entries_ == nullptr) entries_ = std::make_unique<std::deque<Entry>>();
    return entries_.get();
  }

  os::ProcessLock lock_;
  std::unique_ptr<std::deque<Entry>> entries_;  // guarded by lock_
};

}  // namespace billiard::queue

#endif  // BILLIARD_CORE_QUEUE_UNFINISHED_LIST_H_
