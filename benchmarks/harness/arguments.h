// The command line that all programs of the benchmarks share (benchmarks/README.md): the name of a workload,
// then any of --name=number in any order. A program says which names it knows; another one, or something that
// is no number, ends it with status 2.
#ifndef BILLIARD_BENCHMARKS_HARNESS_ARGUMENTS_H_
#define BILLIARD_BENCHMARKS_HARNESS_ARGUMENTS_H_

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace billiard::benchmarks {

class Arguments {
 public:
  // Every program knows --seconds: for how long to measure.
  Arguments(int argc, char** argv, std::map<std::string, double> defaults)
      : values_(std::move(defaults)) {
    values_.emplace("seconds", 0.3);
    if (argc > 1 && argv[1][0] != '-') workload_ = argv[1];
    for (int i = workload_.empty() ? 1 : 2; i < argc; ++i) Read(argv[0], argv[i]);
  }

  const std::string& workload() const { return workload_; }
  double Get(const char* name) const { return values_.at(name); }
  double seconds() const { return Get("seconds"); }
  int Int(const char* name) const { return static_cast<int>(Get(name)); }
  size_t Size(const char* name) const { return static_cast<size_t>(Get(name)); }

 private:
  void Read(const char* program, const char* text) {
    const char* const equals = strchr(text, '=');
    char* end = nullptr;
    if (strncmp(text, "--", 2) != 0 || equals == nullptr)
      Refuse(program, text, "is not --name=number");
    const auto found = values_.find(std::string(text + 2, equals));
    if (found == values_.end()) Refuse(program, text, "is not known here");
    found->second = strtod(equals + 1, &end);
    if (end == equals + 1 || *end != '\0') Refuse(program, text, "has no number");
  }
  [[noreturn]] static void Refuse(const char* program, const char* text, const char* why) {
    fprintf(stderr, "%s: %s %s\n", program, text, why);
    exit(2);
  }

  std::string workload_;
  std::map<std::string, double> values_;
};

}  // namespace billiard::benchmarks

#endif  // BILLIARD_BENCHMARKS_HARNESS_ARGUMENTS_H_
