#include "tests/support/json_object.h"

#include <cctype>
#include <cstdlib>

namespace billiard::testing {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  std::optional<std::map<std::string, std::string>> Object() {
    std::map<std::string, std::string> members;
    if (!Take('{')) return std::nullopt;
    do {
      const std::optional<std::string> name = String();
      if (!name.has_value() || !Take(':')) return std::nullopt;
      const std::optional<std::string> value = Peek() == '"' ? String() : Number();
      if (!value.has_value() || !members.emplace(*name, *value).second) return std::nullopt;
    } while (Take(','));
    if (!Take('}') || at_ != text_.size()) return std::nullopt;
    return members;
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<std::string> Number() {
    const size_t begin = at_;
    Take('-');
    while (isdigit(static_cast<unsigned char>(Peek())) != 0) ++at_;
    if (at_ == begin) return std::nullopt;
    return text_.substr(begin, at_ - begin);
  }

  std::optional<std::string> String() {
    if (!Take('"')) return std::nullopt;
    std::string value;
    while (at_ < text_.size() && text_[at_] != '"') {
      const char c = text_[at_++];
      if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;  // must be escaped
      if (c != '\\') {
        value.push_back(c);
      } else if (!Escape(&value)) {
        return std::nullopt;
      }
    }
    if (!Take('"')) return std::nullopt;
    return value;
  }

  bool Escape(std::string* value) {
    const char kind = Peek();
    ++at_;
    switch (kind) {
      case '"':
      case '\\':
      case '/':
        value->push_back(kind);
        return true;
      case 'n':
        value->push_back('\n');
        return true;
      case 'u':
        return Unicode(value);
      default:
        return false;
    }
  }

  // Only what fits into a byte is ever escaped so.
  bool Unicode(std::string* value) {
    const std::string digits = text_.substr(at_, 4);
    if (digits.size() < 4 || digits.substr(0, 2) != "00") return false;
    at_ += 4;
    char* end = nullptr;
    value->push_back(static_cast<char>(strtol(digits.c_str(), &end, 16)));
    return *end == '\0';
  }

  const std::string& text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<std::map<std::string, std::string>> ParseJsonObject(const std::string& text) {
  return Reader(text).Object();
}

}  // namespace billiard::testing
