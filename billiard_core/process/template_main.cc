// The program billiard-template: the template process of pools whose workers are commands. It is
// started by libbilliard alone, which hands it the descriptors of plan.h.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "billiard_core/process/plan.h"
#include "billiard_core/process/protocol.h"
#include "billiard_core/process/template_loop.h"

namespace billiard::process {
namespace {

constexpr int kUsage = 2;
constexpr int kBadInput = 4;

// Maps the entries, wherever in a page they begin.
ChildEntry* MapEntries(int segment, uint64_t offset, int count) {
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  const uint64_t begin = offset / page * page;
  const size_t bytes = offset - begin + count * sizeof(ChildEntry);
  void* data =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, segment, static_cast<off_t>(begin));
  if (data == MAP_FAILED) return nullptr;
  return reinterpret_cast<ChildEntry*>(static_cast<char*>(data) + (offset - begin));
}

// Private: execve wants writable arguments, and nobody else sees the changes.
char* MapPlan(size_t* size) {
  struct stat file;
  if (fstat(kTemplatePlan, &file) != 0 || file.st_size < static_cast<off_t>(sizeof(PlanHeader))) {
    return nullptr;
  }
  *size = static_cast<size_t>(file.st_size);
  void* data = mmap(nullptr, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE, kTemplatePlan, 0);
  return data == MAP_FAILED ? nullptr : static_cast<char*>(data);
}

int Main(int argc, char** argv) {
  if (argc != 2 || atoi(argv[1]) != static_cast<int>(kProtocolVersion)) {
    fprintf(stderr,
            "billiard-template (protocol %u) is started by libbilliard of the same version, not by "
            "hand.\n",
            kProtocolVersion);
    return kUsage;
  }
  TemplatePlan plan = {};
  size_t size = 0;
  char* bytes = MapPlan(&size);
  if (bytes == nullptr || !ReadPlan(bytes, size, &plan)) return kBadInput;
  const uint64_t offset = reinterpret_cast<const PlanHeader*>(bytes)->entries_offset;
  plan.entries = MapEntries(kTemplateSegment, offset, plan.count);
  if (plan.entries == nullptr) return kBadInput;
  plan.channel = kTemplateChannel;
  plan.host_pidfd = kTemplateHostPidfd;
  close(kTemplatePlan);
  RunTemplate(plan);
}

}  // namespace
}  // namespace billiard::process

int main(int argc, char** argv) { return billiard::process::Main(argc, argv); }
