// Plays the corpus, and many small changes of it, in every build; libFuzzer looks further where it is
// (connection_fuzzer.cc).
#include "tests/fuzz/connection_fuzz.h"

#include <dirent.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/watchdog.h"

namespace billiard::fuzz {
namespace {

using testing::Watchdog;

constexpr char kCorpus[] = "tests/fuzz/corpus/connection";
constexpr int kMutations = 30'000;

std::vector<std::string> Corpus() {
  std::vector<std::string> inputs;
  DIR* const folder = opendir(kCorpus);
  if (folder == nullptr) return inputs;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    std::ifstream file(std::string(kCorpus) + "/" + entry->d_name, std::ios::binary);
    std::string input((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!input.empty()) inputs.push_back(std::move(input));
  }
  closedir(folder);
  return inputs;
}

void Play(const std::string& input) {
  fuzz::Play(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

// One step away from `input`.
std::string Mutated(std::string input, const std::string& other, std::mt19937* random) {
  const auto below = [&](size_t limit) { return limit == 0 ? 0 : (*random)() % limit; };
  switch (below(5)) {
    case 0:
      if (!input.empty()) input[below(input.size())] ^= static_cast<char>(1 << below(8));
      break;
    case 1:
      input.resize(below(input.size() + 1));
      break;
    case 2:
      input.insert(below(input.size() + 1), 1, static_cast<char>(below(256)));
      break;
    case 3:
      input.erase(below(input.size() + 1), 1);
      break;
    default:
      input += other.substr(below(other.size() + 1));
  }
  return input;
}

TEST(ConnectionFuzzTest, TheCorpusKeepsItsPromises) {
  Watchdog watchdog(100);
  const std::vector<std::string> corpus = Corpus();
  ASSERT_GE(corpus.size(), 10u);
  for (const std::string& input : corpus) Play(input);
}

TEST(ConnectionFuzzTest, SmallChangesOfTheCorpusDoToo) {
  Watchdog watchdog(100);
  const std::vector<std::string> corpus = Corpus();
  ASSERT_FALSE(corpus.empty());
  std::mt19937 random(20261122);
  for (int i = 0; i < kMutations; ++i) {
    std::string input = corpus[random() % corpus.size()];
    for (uint32_t steps = random() % 6; steps > 0; --steps) {
      input = Mutated(std::move(input), corpus[random() % corpus.size()], &random);
    }
    Play(input);
  }
}

}  // namespace
}  // namespace billiard::fuzz
