#!/bin/bash
# Installs into an empty folder, and uses what is there as a stranger would.
#   install_test.sh INSTALL C_SOURCE RUBY_PROGRAM LUA_PROGRAM
set -euo pipefail
install=$PWD/$1 source=$PWD/$2 ruby_program=$PWD/$3 lua_program=$PWD/$4
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

"$install" --prefix="$prefix"
"$install" --prefix="$prefix" >/dev/null # twice is harmless

# No way back to the build: the program sees the installed files alone.
cd "$prefix"
unset RUNFILES_DIR BILLIARD_TEMPLATE LD_LIBRARY_PATH
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig

[ "$(pkg-config --modversion billiard)" = 0.1.0 ]
pkg-config --exists --print-errors billiard
eval "cc -std=c11 -pedantic -Wall -Wextra -Werror '$source' -o program $(pkg-config --cflags --libs billiard)"
readelf -dW program | grep 'NEEDED.*libbilliard.so.0'
[ "$(LD_LIBRARY_PATH=$prefix/lib ./program)" = INSTALLED ]

# The same in C++, and with the rpath that a user would give.
eval "c++ -std=c++20 -x c++ -Wall -Wextra -Werror '$source' -o program_cc $(pkg-config --cflags --libs billiard)" \
  "'-Wl,-rpath,$prefix/lib'"
[ "$(./program_cc)" = INSTALLED ]

# Ruby and Lua find the library from where they were installed.
[ "$(ruby -I "$prefix/lib/site_ruby" "$ruby_program")" = 385 ]
lua_folder=$prefix/share/lua/5.4
LUA_PATH="$lua_folder/?.lua;$lua_folder/?/init.lua" LUA_CPATH="$prefix/lib/lua/5.4/?.so" \
  lua5.4 "$lua_program" >lua_output
[ "$(cat lua_output)" = 385 ]

# Go gets sources: all that the package needs, and nothing that only tests need.
[ -f share/billiard/go/go.mod ]
[ -f share/billiard/go/internal/native/native.go ]
[ -z "$(find share/billiard/go -name '*_test.go')" ]

# A prefix that is no full path, or another argument, is refused.
for wrong in --prefix=relative --prefix= --no-such-option; do
  if "$install" "$wrong" 2>/dev/null; then
    echo "accepted $wrong" >&2
    exit 1
  fi
done
