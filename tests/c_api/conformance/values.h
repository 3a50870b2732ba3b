/* MessagePack values: the arguments of calls, and the notation of bindings/conformance/README.md. */
#ifndef BILLIARD_TESTS_C_API_CONFORMANCE_VALUES_H_
#define BILLIARD_TESTS_C_API_CONFORMANCE_VALUES_H_

#include <msgpack.h>
#include <stddef.h>
#include <stdint.h>

/* A value, or a call's arguments, being encoded. */
typedef struct encoder {
  msgpack_sbuffer bytes;
  msgpack_packer packer;
} encoder;

void encoder_begin(encoder* out);
void encoder_end(encoder* out);

void pack_text(encoder* out, const char* text);
void pack_bytes(encoder* out, const void* bytes, size_t size);

enum { kPeerValues = 15 };

/* Packs peer value number `index`. */
void pack_peer_value(encoder* out, int index);

/* Adds the notation of an encoded value to the outcome. */
void add_notation(const void* data, size_t size);

/* Adds an encoded text to the outcome as it is; anything else ends the program. */
void add_word(const void* data, size_t size);

/* The integer that is encoded there; anything else ends the program. */
int64_t integer_of(const void* data, size_t size);

#endif /* BILLIARD_TESTS_C_API_CONFORMANCE_VALUES_H_ */
