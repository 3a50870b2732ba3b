// For the builders: texts that were given one by one, as the arrays that the library takes.
#ifndef BILLIARD_BINDINGS_INTERFACE_TEXT_LIST_H_
#define BILLIARD_BINDINGS_INTERFACE_TEXT_LIST_H_

#include <deque>
#include <string>
#include <vector>

// Pointers to the texts, ended by NULL; empty means "not given".
class TextList {
 public:
  void Add(const char* text) {
    texts_.push_back(text);
    pointers_.clear();
    for (const std::string& each : texts_) pointers_.push_back(each.c_str());
    pointers_.push_back(nullptr);
  }

  const char* const* data() const { return pointers_.empty() ? nullptr : pointers_.data(); }

 private:
  std::deque<std::string> texts_;
  std::vector<const char*> pointers_;
};

#endif  // BILLIARD_BINDINGS_INTERFACE_TEXT_LIST_H_
