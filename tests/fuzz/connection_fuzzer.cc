// libFuzzer's way in: bazel test --config=fuzz //tests/fuzz/...
#include "tests/fuzz/connection_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  billiard::fuzz::Play(data, size);
  return 0;
}
