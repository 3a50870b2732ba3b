#!/bin/bash
# Installs Billiard: headers, library, template program, pkg-config file, and the modules of Ruby,
# Lua and Go.
#   bazel run -c opt //:install -- [--prefix=DIR]
# DIR is /usr/local unless given. $DESTDIR is put before it, for packagers.
set -euo pipefail

VERSION=0.1.0
prefix=/usr/local

usage() {
  sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

while (($# > 0)); do
  case $1 in
    --prefix=/*) prefix=${1#*=} ;;
    --prefix) (($# > 1)) && [[ $2 == /* ]] || usage; prefix=$2; shift ;;
    *) usage ;;
  esac
  shift
done
prefix=${prefix%/}
root=${DESTDIR:-}$prefix

# put MODE SOURCE TARGET copies one file of the build to its place under the prefix.
put() {
  install -D -m "$1" "$2" "$root/$3"
}

# put_tree FROM TO PATTERN... copies those files below FROM whose path there ends in a PATTERN.
put_tree() {
  local from=$1 to=$2 pattern file
  shift 2
  for pattern in "$@"; do
    while IFS= read -r -d '' file; do
      put 644 "$from/$file" "$to/$file"
    done < <(cd "$from" && find -L . -path "*/$pattern" -type f -printf '%P\0')
  done
}

install_library() {
  put_tree c_api/include include '*.h'
  put 755 c_api/libbilliard.so.0 lib/libbilliard.so.0
  ln -sfn libbilliard.so.0 "$root/lib/libbilliard.so"
  put 755 c_api/billiard-template libexec/billiard/billiard-template
}

# The headers need no other library, and there is no static one: nothing is required privately but
# what the shared library brings itself.
install_pkg_config() {
  mkdir -p "$root/lib/pkgconfig"
  cat >"$root/lib/pkgconfig/billiard.pc" <<END
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: Billiard
Description: Process pools and queues between processes, for C, Ruby, Go and Lua
Version: $VERSION
Cflags: -I\${includedir}
Libs: -L\${libdir} -lbilliard
END
}

# The folders are those where Debian's Ruby looks under /usr/local.
install_ruby() {
  put_tree bindings/ruby/lib lib/site_ruby '*.rb'
  put 755 bindings/ruby/lib/billiard/native.so lib/site_ruby/billiard/native.so
}

install_lua() {
  put_tree bindings/lua share/lua/5.4 'billiard/*.lua'
  put 755 bindings/lua/billiard/native.so lib/lua/5.4/billiard/native.so
}

# Sources, with the generated part. A program says in its go.mod
#   require billiard v0.0.0
#   replace billiard => PREFIX/share/billiard/go
install_go() {
  local go=share/billiard/go
  put_tree bindings/go "$go" '*.go' go.mod go.sum '*.cxx'
  put_tree bindings/interface "$go/internal/native" '*.cc'
  put_tree bindings/interface "$go/internal/native/bindings/interface" '*.h'
}

install_library
install_pkg_config
install_ruby
install_lua
install_go
echo "installed Billiard $VERSION under $root"
