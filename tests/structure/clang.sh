#!/usr/bin/env bash
# clang 14 compiles every source of the library too. Usage: clang.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
flags() {
  case $1 in
    */avx2.cpp) echo -mavx2 -mfma ;;
    */avx512_vnni.cpp) echo -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni ;;
  esac
}
check() { clang++-14 -std=c++20 -DMORGIANA_VERSION='"0"' -Wall -Wextra -Werror -fsyntax-only -Iinclude -Isrc $(flags "$1") "$1"; }
export -f flags check
find src bindings/cli -name '*.cpp' -print0 | xargs -0 -P2 -I{} bash -c 'check {}'
