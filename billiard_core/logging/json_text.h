// Text inside a line of JSON.
#ifndef BILLIARD_CORE_LOGGING_JSON_TEXT_H_
#define BILLIARD_CORE_LOGGING_JSON_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace billiard::logging {

// Appends the text as a JSON string, quotes included, on one line. Bytes that are no UTF-8 become U+FFFD, so
// that a reader can always parse the line.
void AppendJsonText(absl::string_view text, std::string* json);

}  // namespace billiard::logging

#endif  // BILLIARD_CORE_LOGGING_JSON_TEXT_H_
