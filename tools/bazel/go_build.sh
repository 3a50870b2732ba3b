#!/bin/bash
# Runs `go` in a private copy of the module, without network. Called by the rules in go.bzl.
#   go_build.sh GO MANIFEST INCLUDE_PATH SEED_CACHE RUN_PATH OUTPUT COMMAND [ARGUMENT...]
#
# MANIFEST      lines "destination<TAB>source": the module (module/...) and libraries (lib/...)
# INCLUDE_PATH  list with colons of the folders with C headers
# SEED_CACHE    a build cache to start from, or "-"
# RUN_PATH      where the binary finds its shared libraries, seen from itself
# COMMAND       build or test: OUTPUT is the binary; seed: OUTPUT becomes a build cache;
#               vet: OUTPUT has what `go vet` and gofmt complain about, and is empty if all is well
set -euo pipefail

go=$1 manifest=$2 include_path=$3 seed=$4 run_path=$5 output=$PWD/$6 command=$7
shift 7

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

while IFS=$'\t' read -r destination source; do
  mkdir -p "$work/${destination%/*}"
  cp -L "$source" "$work/$destination"
done <"$manifest"

# Every shared library gets the name that the linker looks for, and a pkg-config file. The file says
# nothing about folders: flags are part of Go's cache keys, and folders differ from run to run.
for library in "$work"/lib/*.so*; do
  [[ -e $library ]] || continue
  name=${library##*/lib}
  name=${name%%.so*}
  [[ $library == *.so ]] || ln -s "${library##*/}" "$work/lib/lib$name.so"
  printf 'Name: %s\nDescription: staged\nVersion: 0\nLibs: -l%s\n' "$name" "$name" \
    >"$work/lib/$name.pc"
done

absolute_includes=""
IFS=: read -ra folders <<<"$include_path"
for folder in "${folders[@]}"; do
  absolute_includes+="${absolute_includes:+:}$PWD/$folder"
done

export C_INCLUDE_PATH=$absolute_includes CPLUS_INCLUDE_PATH=$absolute_includes
export LIBRARY_PATH=$work/lib PKG_CONFIG_PATH=$work/lib
export CGO_ENABLED=1 GOTOOLCHAIN=local GOPROXY=off GOSUMDB=off
export GOFLAGS="-mod=vendor -trimpath -buildvcs=false"
export HOME=$work GOPATH=$work/gopath GOCACHE=$work/cache

if [[ $command == seed ]]; then
  GOCACHE=$output
elif [[ $seed != - ]]; then
  cp -rL "$seed" "$GOCACHE"
  chmod -R u+w "$GOCACHE"
fi

ldflags="-ldflags=-extldflags=-Wl,-rpath,$run_path"
cd "$work/module"

# Prints complaints about every package but the generated ones.
vet() {
  local formatter packages
  formatter=$("$go" env GOROOT)/bin/gofmt
  mapfile -t packages < <("$go" list -f '{{.ImportPath}} {{.Dir}}' ./... | grep -v /internal/native)
  "$go" vet "${packages[@]%% *}" 2>&1 || true
  for folder in "${packages[@]#* }"; do
    "$formatter" -l "$folder"/*.go | sed "s,^$PWD/\(.*\),\1: not formatted by gofmt,"
  done
}

case $command in
  seed) "$go" build "$@" ;;
  build) "$go" build "$ldflags" -o "$output" "$@" ;;
  test) "$go" test "$ldflags" -c -o "$output" "$@" ;;
  vet) vet >"$output" ;;
esac
