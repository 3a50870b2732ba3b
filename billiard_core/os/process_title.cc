#include "billiard_core/os/process_title.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "billiard_core/os/fd.h"

namespace billiard::os {
namespace {

// Fields 48 and 49 of proc(5)'s stat: where the arguments lie. Counted behind the name, which may hold
// anything, and whose end is the last parenthesis.
constexpr int kFieldsBetween = 46;

bool FindArguments(uintptr_t* begin, uintptr_t* end) {
  const Fd file(open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
  char text[2048];
  const ssize_t size = file.valid() ? read(file.get(), text, sizeof text - 1) : -1;
  if (size <= 0) return false;
  text[size] = '\0';
  char* field = strrchr(text, ')');
  for (int i = 0; field != nullptr && i < kFieldsBetween; ++i) field = strchr(field + 1, ' ');
  if (field == nullptr) return false;
  *begin = strtoull(field, &field, 10);
  *end = strtoull(field, nullptr, 10);
  return *begin != 0 && *end > *begin + 1;
}

}  // namespace

void SetThreadName(const std::string& name) { prctl(PR_SET_NAME, name.c_str()); }

bool SetProcessTitle(absl::string_view title) {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  if (!FindArguments(&begin, &end)) return false;
  const size_t room = end - begin;
  char* area = reinterpret_cast<char*>(begin);
  memset(area, 0, room);
  memcpy(area, title.data(), std::min(title.size(), room - 1));
  return true;
}

}  // namespace billiard::os
