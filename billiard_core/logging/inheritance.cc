#include "billiard_core/logging/inheritance.h"

#include "billiard_core/logging/environment.h"

namespace billiard::logging {

Inheritance InheritanceForChild() {
  const Sink sink = GetSink();
  return {sink == Sink::kDescriptor ? Sink::kNone : sink, GetLevel(), FilePath(), Format(),
          LoggerName()};
}

void Inherit(const Inheritance& inheritance) {
  ConfigureFromEnvironment();
  if (GetSink() != Sink::kNone) return;
  SetLevel(inheritance.level);
  SetFormat(inheritance.format);
  SetLoggerName(inheritance.name);
  const bool to_file = inheritance.sink == Sink::kFile && LogToFile(inheritance.path, kNotSet).ok();
  if (!to_file && inheritance.sink != Sink::kNone) LogToStderr(kNotSet);
}

}  // namespace billiard::logging
