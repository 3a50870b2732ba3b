// The plain functions of the crypto library are called old, and are the ones without locks.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "billiard_core/connection/hmac_sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>

namespace billiard::connection {
namespace {

using Block = std::array<unsigned char, SHA256_CBLOCK>;
using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

constexpr unsigned char kInner = 0x36;
constexpr unsigned char kOuter = 0x5c;

Digest Sha256(const unsigned char* first, size_t first_size, const void* second,
              size_t second_size) {
  Digest digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, first, first_size);
  SHA256_Update(&context, second, second_size);
  SHA256_Final(digest.data(), &context);
  OPENSSL_cleanse(&context, sizeof context);
  return digest;
}

Block Masked(Block block, unsigned char mask) {
  for (unsigned char& byte : block) byte ^= mask;
  return block;
}

}  // namespace

std::string HmacSha256(absl::string_view key, absl::string_view text) {
  Block padded = {};
  if (key.size() > padded.size()) {
    const Digest short_key = Sha256(nullptr, 0, key.data(), key.size());
    memcpy(padded.data(), short_key.data(), short_key.size());
  } else if (!key.empty()) {
    memcpy(padded.data(), key.data(), key.size());
  }
  Block block = Masked(padded, kInner);
  const Digest inner = Sha256(block.data(), block.size(), text.data(), text.size());
  block = Masked(padded, kOuter);
  const Digest outer = Sha256(block.data(), block.size(), inner.data(), inner.size());
  OPENSSL_cleanse(padded.data(), padded.size());
  OPENSSL_cleanse(block.data(), block.size());
  return std::string(outer.begin(), outer.end());
}

}  // namespace billiard::connection
