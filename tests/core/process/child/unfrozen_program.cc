// A program that starts processes, but whose main has forgotten FreezeSupport. 42: it is told so.
#include "billiard_core/base/status.h"
#include "billiard_core/process/child/process.h"

int main() {
  billiard::process::ProcessOptions options;
  options.command = {"true"};
  const auto process = billiard::process::Process::Create(options);
  if (!process.ok()) return 1;
  const absl::Status status = (*process)->Start();
  const bool explained = status.message().find("bp_freeze_support") != status.message().npos;
  return billiard::CodeOf(status) == billiard::Code::kState && explained ? 42 : 1;
}
