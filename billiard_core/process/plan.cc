#include "billiard_core/process/plan.h"

#include <cstdlib>
#include <cstring>

#include "billiard_core/process/protocol.h"

namespace billiard::process {
namespace {

// Walks through the bytes; after a read beyond their end `ok` is false and everything is empty.
struct Cursor {
  char* at;
  char* end;
  bool ok = true;

  void* Take(size_t bytes) {
    if (!ok || bytes > static_cast<size_t>(end - at)) {
      ok = false;
      return nullptr;
    }
    void* taken = at;
    at += bytes;
    return taken;
  }
};

// The next text, or nullptr when its NUL is missing.
char* ReadText(Cursor* texts) {
  char* text = texts->at;
  void* nul = memchr(text, '\0', texts->end - text);
  if (nul == nullptr) return nullptr;
  texts->at = static_cast<char*>(nul) + 1;
  return text;
}

// `count` texts as an array with `spare` empty slots at its end; nullptr when they are not all
// there.
char** ReadTexts(Cursor* texts, size_t count, size_t spare) {
  if (count > static_cast<size_t>(texts->end - texts->at)) return nullptr;  // each has its NUL
  auto** array = static_cast<char**>(calloc(count + spare, sizeof(char*)));
  for (size_t i = 0; array != nullptr && i < count; ++i) {
    array[i] = ReadText(texts);
    if (array[i] == nullptr) {
      free(array);
      return nullptr;
    }
  }
  return array;
}

bool ReadGroup(Cursor* cursor, GroupPlan* group) {
  GroupHeader header;
  const void* source = cursor->Take(sizeof header);
  if (source == nullptr) return false;
  memcpy(&header, source, sizeof header);
  if (header.argument_count < 0 || header.environment_count < 0 || header.fd_count < 0 ||
      header.text_bytes < 0) {
    return false;
  }
  group->fds = static_cast<const int32_t*>(cursor->Take(header.fd_count * sizeof(int32_t)));
  group->fd_count = header.fd_count;
  auto* text = static_cast<char*>(cursor->Take(header.text_bytes));
  if (!cursor->ok) return false;

  Cursor texts = {text, text + header.text_bytes};
  if (header.argument_count > 0) {
    group->argv = ReadTexts(&texts, header.argument_count, 1);
    if (group->argv == nullptr) return false;
  }
  group->environment_count = header.environment_count;
  group->environment = ReadTexts(&texts, header.environment_count, 2);
  if (group->environment == nullptr) return false;
  group->worker_prefix = ReadText(&texts);
  return group->worker_prefix != nullptr;
}

}  // namespace

bool ReadPlan(char* bytes, size_t size, TemplatePlan* plan) {
  Cursor cursor = {bytes, bytes + size};
  PlanHeader header;
  const void* source = cursor.Take(sizeof header);
  if (source == nullptr) return false;
  memcpy(&header, source, sizeof header);
  if (header.version != kProtocolVersion) return false;
  if (header.count < 1 || header.group_count < 1) return false;
  if (header.group_count > static_cast<int64_t>(size / sizeof(GroupHeader))) return false;

  auto* groups = static_cast<GroupPlan*>(calloc(header.group_count, sizeof(GroupPlan)));
  if (groups == nullptr) return false;
  plan->count = header.count;
  plan->groups = groups;
  plan->group_count = header.group_count;
  for (int i = 0; i < header.group_count; ++i) {
    if (ReadGroup(&cursor, &groups[i])) continue;
    FreePlan(plan);
    return false;
  }
  return true;
}

void FreePlan(TemplatePlan* plan) {
  for (int i = 0; i < plan->group_count; ++i) {
    free(plan->groups[i].argv);
    free(plan->groups[i].environment);
  }
  free(plan->groups);
  plan->groups = nullptr;
  plan->group_count = 0;
}

}  // namespace billiard::process
