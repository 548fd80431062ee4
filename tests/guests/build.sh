#!/usr/bin/env bash
# Rebuilds every guest, installs the components where the tests and the examples find them, and writes the hash of each
# into the definition files that name it.
#
#   build.sh [TOOLCHAIN [WASM_TOOLS]]
#
# TOOLCHAIN   a folder with bin/cargo and bin/rustc that build for wasm32-wasip1 and wasm32-unknown-unknown, and bin/wasicc, a C
#             compiler for wasm32-wasip1; else from PATH
# WASM_TOOLS  the wasm-tools executable (`cargo install wasm-tools`); else from PATH
# ADAPTERS    environment: a folder with the adapters of preview 1, wasi_snapshot_preview1.{command,reactor}.wasm; else they are
#             taken from the crate wasi-preview1-component-adapter-provider, which cargo fetches
#
# The committed components were built with rustc 1.96.0, clang 19.1.7, wasm-tools 1.263.0 and the adapters of version 50.0.1.
# Other versions work and give other hashes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
examples=$root/examples
pipeline=$examples/pipeline
cargo_home=${CARGO_HOME:-$HOME/.cargo}
adapter_version=50.0.1

toolchain=${1:-}
if [ -n "$toolchain" ]; then
  toolchain=$(cd "$toolchain" && pwd)
  cargo=$toolchain/bin/cargo
  wasicc=$toolchain/bin/wasicc
else
  cargo=cargo
  wasicc=wasicc
fi
wasm_tools=${2:-wasm-tools}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints the folder of the adapters.
adapters() {
  mkdir -p "$work/adapter/src"
  : > "$work/adapter/src/lib.rs"
  cat > "$work/adapter/Cargo.toml" <<TOML
[package]
name = "adapter"
edition = "2021"
[dependencies]
wasi-preview1-component-adapter-provider = "=$adapter_version"
TOML
  (cd "$work/adapter" && "$cargo" fetch --quiet)
  local folder
  for folder in "$cargo_home"/registry/src/*/"wasi-preview1-component-adapter-provider-$adapter_version"/artefacts; do
    [ -d "$folder" ] && echo "$folder" && return
  done
  echo "no adapters under $cargo_home; name a folder with ADAPTERS=FOLDER" >&2
  return 1
}

# core CRATE TARGET: builds the core module and prints its path. Paths of this machine stay out of the binary.
core() {
  local crate=$1 target=$2 sources name build=$1/target
  local remap="--remap-path-prefix=$here=/guests --remap-path-prefix=$crate=."
  for sources in "$cargo_home"/registry/src/*; do
    remap="$remap --remap-path-prefix=$sources=/crates"
  done
  name=$(sed -n '0,/^name = "\(.*\)"$/s//\1/p' "$crate/Cargo.toml")
  # A library's file has underscores. Members of the workspace share a build.
  grep -q '^\[lib\]' "$crate/Cargo.toml" && name=${name//-/_}
  grep -q '^\[workspace\]' "$crate/Cargo.toml" || build=$here/target
  (cd "$crate" && RUSTFLAGS=$remap CARGO_TARGET_DIR=$build "$cargo" build --quiet --locked --release --target "$target")
  # A standard library that was built on this machine has such paths in it already: slashes fill them up, so that no length changes.
  cargo_home=$cargo_home perl -pi -e 's{\Q$ENV{cargo_home}\E/registry/src/[^/]+/}{"/crates" . "/" x (length($&) - 7)}ge' "$build/$target/release/$name.wasm"
  echo "$build/$target/release/$name.wasm"
}

# wrap MODULE FLAVOUR FILE: the component of a module of preview 1, through the adapter of that flavour.
wrap() {
  "$wasm_tools" component new "$1" --adapt "wasi_snapshot_preview1=$adapters/wasi_snapshot_preview1.$2.wasm" -o "$3"
}

# install COMPONENT FILE: validates the component and puts it into place.
install() {
  "$wasm_tools" validate "$1"
  mv "$1" "$2"
  echo "$(sha256sum < "$2" | cut -d' ' -f1)  $(wc -c < "$2")  ${2#"$root/"}"
}

# pin EXAMPLE NAME: the hash that follows `path: /NAME.wasm` in the example's definition file.
pin() {
  local sum
  sum=$(sha256sum < "$examples/$1/wasm/$2.wasm" | cut -d' ' -f1)
  sed -i "\|path: /$2.wasm\$|{n;s/sha256:[0-9a-f]*/sha256:$sum/;}" "$examples/$1/_index.yaml"
}

# text EXAMPLE NAME WIT: the component of a core module in text, and of a world that may import WASI.
text() {
  local folder=$examples/$1 wit=$work/wit-$2
  mkdir -p "$wit"
  cp "$folder/$3.wit" "$wit/world.wit"
  cp -r "$here/wit/deps" "$wit/deps"
  "$wasm_tools" component embed "$wit" "$folder/$2.wat" -o "$work/$2.core.wasm"
  "$wasm_tools" component new "$work/$2.core.wasm" -o "$work/$2.wasm"
  install "$work/$2.wasm" "$folder/wasm/$2.wasm"
  pin "$1" "$2"
}

# copy FILE EXAMPLE: a component that an example has too, as nothing outside its folder is reachable.
copy() {
  local name
  name=$(basename "$1" .wasm)
  cp "$1" "$examples/$2/wasm/$name.wasm"
  pin "$2" "$name"
}

adapters=${ADAPTERS:-$(adapters)}

# With std: imports WASI through the adapter.
module=$(core "$pipeline/mapper" wasm32-wasip1)
wrap "$module" reactor "$work/mapper.wasm"
install "$work/mapper.wasm" "$pipeline/wasm/mapper.wasm"
pin pipeline mapper

module=$(core "$examples/sleep/sleep_test" wasm32-wasip1)
wrap "$module" reactor "$work/sleep_test.wasm"
install "$work/sleep_test.wasm" "$examples/sleep/wasm/sleep_test.wasm"
pin sleep sleep_test

module=$(core "$examples/greet/greet" wasm32-wasip1)
wrap "$module" reactor "$work/greet.wasm"
install "$work/greet.wasm" "$examples/greet/wasm/greet.wasm"
pin greet greet

# Without bindings: the WIT is added to the module.
module=$(core "$pipeline/compute" wasm32-unknown-unknown)
"$wasm_tools" component embed "$pipeline/compute/wit" "$module" -o "$work/compute.core.wasm"
"$wasm_tools" component new "$work/compute.core.wasm" -o "$work/compute.wasm"
install "$work/compute.wasm" "$pipeline/wasm/compute.wasm"
pin pipeline compute
copy "$pipeline/wasm/compute.wasm" pools

# Without std: imports what its world names.
module=$(core "$here/kitchen" wasm32-unknown-unknown)
"$wasm_tools" component new "$module" -o "$work/kitchen.wasm"
install "$work/kitchen.wasm" "$here/kitchen/kitchen.wasm"

# Programs of preview 1. The core module is kept too, for tests that wrap one themselves.
module=$(core "$here/std" wasm32-wasip1)
wrap "$module" command "$work/std.wasm"
install "$work/std.wasm" "$here/std/std.wasm"
copy "$here/std/std.wasm" wasi-config
cp --no-preserve=mode "$module" "$work/std.core.wasm"
install "$work/std.core.wasm" "$here/std/std.core.wasm"

"$wasicc" -O2 "$here/clang/main.c" -o "$work/clang.core.wasm" -Wl,--strip-all
wrap "$work/clang.core.wasm" command "$work/clang.wasm"
install "$work/clang.wasm" "$here/clang/clang.wasm"

# Without std, on WASI without an adapter.
for guest in wasip2-bench poll torture splice tcp udp names http-client http-server hello; do
  module=$(core "$here/$guest" wasm32-unknown-unknown)
  "$wasm_tools" component new "$module" -o "$work/$guest.wasm"
  install "$work/$guest.wasm" "$here/$guest/$guest.wasm"
done

copy "$here/http-server/http-server.wasm" web

# Core modules in text.
text wasi-config show show
text host-functions module module

# The components in text are not built, only checked.
for file in "$here"/trouble/*.wat; do
  "$wasm_tools" validate "$file"
done
