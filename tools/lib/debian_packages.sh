# Sourced by tools/setup: what building and testing needs, by the package names of Debian 12.

DEBIAN_PACKAGES=(
  # Build
  bazel-bootstrap     # Bazel 4.2.3, with a JDK and build-essential
  bazel-platforms     # rule sets that Bazel asks for even where nothing of them is used
  bazel-rules-java
  bazel-rules-proto
  bazel-skylib
  ca-certificates     # the Go modules are fetched once, over TLS
  clang               # a second compiler, with which Bazel checks the layering of includes
  clang-format        # tools/format
  g++
  git
  libclang-rt-dev     # libFuzzer, for tests/fuzz
  pkg-config
  swig

  # C and C++ libraries
  libabsl-dev
  libbenchmark-dev
  libgmock-dev
  libgtest-dev
  libmsgpack-dev      # MessagePack for the programs in C and for Lua
  libssl-dev          # SHA-256 for the programs in C

  # Languages
  golang-go
  liblua5.4-dev
  lua-filesystem
  lua-luaossl         # SHA-256 for the programs in Lua
  lua-messagepack     # a second opinion for the tests of Lua's MessagePack
  lua-unit
  lua5.4
  ruby
  ruby-dev
  ruby-minitest
  ruby-msgpack

  # Tests
  procps
  python3
  spin                # looks at every state of the models in tests/models
  strace
  valgrind            # counts the instructions of hot paths
)
