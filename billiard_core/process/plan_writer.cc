#include "billiard_core/process/plan_writer.h"

#include <unistd.h>

#include <cstring>
#include <map>

#include "absl/strings/str_cat.h"
#include "billiard_core/base/status.h"
#include "billiard_core/process/plan.h"
#include "billiard_core/process/protocol.h"
#include "billiard_core/process/worker_start.h"

namespace billiard::process {
namespace {

constexpr size_t kMaxGroups = 1024;

bool HoldsNul(const std::string& text) { return text.find('\0') != std::string::npos; }

absl::Status CheckGroup(const TemplateCommand& group, size_t index, bool forked_allowed) {
  const auto invalid = [index](absl::string_view what) {
    return MakeStatus(Code::kInvalid, absl::StrCat("groups[", index, "]", what));
  };
  if (group.argv.empty()) {
    return forked_allowed ? absl::OkStatus() : invalid(".command is empty, and spawn needs one");
  }
  if (group.argv[0].empty()) return invalid(".command[0] is empty");
  for (const std::string& argument : group.argv) {
    if (HoldsNul(argument)) return invalid(".command holds a NUL");
  }
  for (const std::string& entry : group.environment) {
    if (HoldsNul(entry)) return invalid(".environment holds a NUL");
    if (entry.find('=') == std::string::npos || entry[0] == '=') {
      return invalid(absl::StrCat(".environment: '", entry, "' is not NAME=value"));
    }
  }
  if (HoldsNul(group.worker_prefix) || group.worker_prefix.size() > kMaxWorkerPrefix) {
    return invalid(": the worker prefix is too long or holds a NUL");
  }
  return absl::OkStatus();
}

// The host's environment with the group's entries in place of those of the same name. A host that
// is itself a worker does not hand its own BILLIARD_WORKER down.
std::vector<std::string> MergedEnvironment(const std::vector<std::string>& added) {
  std::map<std::string, std::string> merged;
  const auto put = [&merged](const std::string& entry) {
    merged[entry.substr(0, entry.find('='))] = entry;
  };
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) put(*entry);
  for (const std::string& entry : added) put(entry);
  merged.erase(kWorkerVariable);

  std::vector<std::string> entries;
  for (const auto& [name, entry] : merged) entries.push_back(entry);
  return entries;
}

void AppendTexts(const std::vector<std::string>& texts, std::string* out) {
  for (const std::string& text : texts) out->append(text.c_str(), text.size() + 1);
}

template <typename T>
void AppendPlain(const T& value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

void AppendGroup(const TemplateCommand& group, const std::vector<int32_t>& fds, std::string* out) {
  std::string texts;
  AppendTexts(group.argv, &texts);
  std::vector<std::string> environment;
  if (!group.argv.empty()) environment = MergedEnvironment(group.environment);
  AppendTexts(environment, &texts);
  AppendTexts({group.worker_prefix}, &texts);
  texts.resize((texts.size() + 3) / 4 * 4);

  GroupHeader header;
  header.argument_count = static_cast<int32_t>(group.argv.size());
  header.environment_count = static_cast<int32_t>(environment.size());
  header.fd_count = static_cast<int32_t>(fds.size());
  header.text_bytes = static_cast<int32_t>(texts.size());
  AppendPlain(header, out);
  for (const int32_t fd : fds) AppendPlain(fd, out);
  out->append(texts);
}

}  // namespace

absl::Status CheckGroups(const std::vector<TemplateCommand>& groups, int count,
                         bool forked_allowed) {
  if (count < 1) return MakeStatus(Code::kInvalid, "a pool needs at least one worker");
  if (groups.empty() || groups.size() > kMaxGroups) {
    return MakeStatus(Code::kInvalid, absl::StrCat("groups: 1 to ", kMaxGroups, " are possible"));
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    const absl::Status status = CheckGroup(groups[i], i, forked_allowed);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string WritePlan(const std::vector<TemplateCommand>& groups,
                      const std::vector<std::vector<int32_t>>& fd_numbers, int count,
                      uint64_t entries_offset) {
  PlanHeader header = {};
  header.version = kProtocolVersion;
  header.count = count;
  header.group_count = static_cast<int32_t>(groups.size());
  header.entries_offset = entries_offset;
  std::string bytes;
  AppendPlain(header, &bytes);
  for (size_t i = 0; i < groups.size(); ++i) AppendGroup(groups[i], fd_numbers[i], &bytes);
  return bytes;
}

}  // namespace billiard::process
