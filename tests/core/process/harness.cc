#include "tests/core/process/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "tests/core/process/role.h"
#include "tests/support/processes.h"

namespace billiard::process {
namespace {

// Not on a page's border, so that mapping them has to take care.
constexpr uint64_t kEntriesOffset = 4096 + 64;

constexpr char kTemplateProgram[] = "billiard_core/process/billiard-template";
constexpr char kRoleProgram[] = "tests/core/process/role_program";

[[noreturn]] void Fail(const std::string& why) {
  fprintf(stderr, "harness: %s\n", why.c_str());
  abort();
}

std::pair<os::Fd, os::Fd> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) Fail("pipe");
  return {os::Fd(fds[0]), os::Fd(fds[1])};
}

}  // namespace

Harness::Harness(Mode mode, Roles roles, int places)
    : mode_(mode), roles_(std::move(roles)), places_(places) {
  const size_t bytes = kEntriesOffset + places * sizeof(ChildEntry);
  segment_ = *os::CreateMemfd("entries", bytes);
  map_ = *os::MapShared(segment_.get(), bytes);
  entries_ = reinterpret_cast<ChildEntry*>(map_.data() + kEntriesOffset);
  std::tie(report_reader_, report_writer_) = MakePipe();
  std::tie(gate_reader_, gate_writer_) = MakePipe();
  hooks_.child_main = ForkedMain;
  hooks_.child_context = this;
}

std::vector<TemplateCommand> Harness::Groups() const {
  std::vector<TemplateCommand> groups(roles_.size());
  if (mode_ == Mode::kForked) return groups;
  for (size_t i = 0; i < groups.size(); ++i) {
    groups[i].argv = command_;
    if (command_.empty()) {
      groups[i].argv = {kRoleProgram};
      groups[i].argv.insert(groups[i].argv.end(), roles_[i].begin(), roles_[i].end());
    }
    groups[i].environment = {"BILLIARD_TEST_ADDED=with=sign"};
    groups[i].fds = {report_writer_.get(), gate_reader_.get()};
    groups[i].worker_prefix = "prefix/";
  }
  return groups;
}

absl::Status Harness::TryStart() {
  absl::StatusOr<std::unique_ptr<Template>> made =
      mode_ == Mode::kForked ? Template::StartForked(entries_, places_, hooks_, Groups())
                             : Template::StartSpawned(kTemplateProgram, segment_.get(),
                                                      kEntriesOffset, places_, Groups());
  if (!made.ok()) return made.status();
  template_ = *std::move(made);
  return absl::OkStatus();
}

void Harness::Start() {
  const absl::Status status = TryStart();
  if (!status.ok()) Fail(status.ToString());
}

int Harness::ForkedMain(int, uint32_t, int group, void* context) {
  auto* harness = static_cast<Harness*>(context);
  return PlayRole(harness->roles_[group], harness->report_writer_.get(),
                  harness->gate_reader_.get());
}

Template::Event Harness::Next() {
  while (true) {
    absl::StatusOr<std::optional<Template::Event>> event = template_->ReadEvent();
    if (!event.ok()) Fail(event.status().ToString());
    if (event->has_value()) return std::move(**event);
    pollfd entry = {template_->channel_fd(), POLLIN, 0};
    poll(&entry, 1, -1);
  }
}

Template::Event Harness::StartWorker(int place, uint32_t incarnation, int group) {
  const absl::Status status = template_->RequestStart(place, incarnation, group);
  if (!status.ok()) Fail(status.ToString());
  Template::Event event = Next();
  if (event.kind != Template::Event::Kind::kStarted) Fail("not started: " + event.text);
  return event;
}

std::string Harness::ReadLine() {
  std::string line;
  char byte = 0;
  while (read(report_reader_.get(), &byte, 1) == 1 && byte != '\n') line += byte;
  return line;
}

std::string Harness::ReadReport(const std::string& what) {
  const std::string line = ReadLine();
  if (line.rfind(what, 0) != 0) Fail("expected a report of '" + what + "', got '" + line + "'");
  return line.size() > what.size() ? line.substr(what.size() + 1) : "";
}

std::map<std::string, pid_t> Harness::ReadPids(int count) {
  std::map<std::string, pid_t> pids;
  for (int i = 0; i < count; ++i) {
    const std::string line = ReadLine();
    const size_t blank = line.find(' ');
    pids[line.substr(0, blank)] = std::stoi(line.substr(blank + 1));
  }
  return pids;
}

std::vector<os::Fd> Harness::WatchReported(int count) {
  std::vector<os::Fd> pidfds;
  for (int i = 0; i < count; ++i) {
    const std::string line = ReadLine();
    pidfds.push_back(testing::Watch(std::stoi(line.substr(line.find(' ') + 1))));
  }
  return pidfds;
}

void Harness::WriteReport(const std::string& what, pid_t pid) {
  const std::string text = what + " " + std::to_string(pid) + "\n";
  if (write(report_writer_.get(), text.data(), text.size()) < 0) Fail("report");
}

std::string Harness::ReadToTheEnd() {
  report_writer_.Reset();
  std::string text;
  char buffer[256];
  for (ssize_t size; (size = read(report_reader_.get(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, size);
  }
  return text;
}

void Harness::OpenGate(int count) {
  const std::string bytes(count, 'g');
  if (write(gate_writer_.get(), bytes.data(), bytes.size()) != count) Fail("gate");
}

std::string ModeName(Mode mode) { return mode == Mode::kForked ? "Forked" : "Spawned"; }

}  // namespace billiard::process
