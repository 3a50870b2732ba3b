// What is done with the bytes of a peer, for libFuzzer and for tests that replay its corpus. Each stops the
// process when a promise is broken.
#ifndef BILLIARD_TESTS_FUZZ_CONNECTION_FUZZ_H_
#define BILLIARD_TESTS_FUZZ_CONNECTION_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace billiard::fuzz {

// A stream of frames, in pieces of any size: the first byte seeds the sizes.
void ReadFrames(const uint8_t* data, size_t size);

// The messages of somebody without the key, to a listener (first byte even) or a client: each is a byte
// with its length and then its bytes.
void PlayHandshake(const uint8_t* data, size_t size);

// The first byte chooses one of the above.
void Play(const uint8_t* data, size_t size);

}  // namespace billiard::fuzz

#endif  // BILLIARD_TESTS_FUZZ_CONNECTION_FUZZ_H_
