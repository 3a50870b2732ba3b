// A reader of one JSON object of strings and numbers, as log lines are; strict, so that a line which is not
// JSON is seen.
#ifndef BILLIARD_TESTS_SUPPORT_JSON_OBJECT_H_
#define BILLIARD_TESTS_SUPPORT_JSON_OBJECT_H_

#include <map>
#include <optional>
#include <string>

namespace billiard::testing {

// Member names to values: strings without quotes and escapes, numbers as they are written. Nothing when the
// text is anything else than one such object, or has a member twice.
std::optional<std::map<std::string, std::string>> ParseJsonObject(const std::string& text);

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_JSON_OBJECT_H_
