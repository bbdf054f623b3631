#!/usr/bin/env bash
# clang 14 compiles every source of the library too. Usage: clang.sh <folder of p11-kit>
set -euo pipefail
cd "$(dirname "$0")/../.."
flags() {
  case $1 in
    */avx2.cpp) echo -mavx2 -mfma ;;
    */avx512.cpp) echo -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl ;;
    */avx512_vnni.cpp) echo -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni ;;
    */amx.cpp) echo -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mamx-tile -mamx-int8 ;;
  esac
}
check() {
  local how=-fsyntax-only
  [[ $1 == src/kernels/* ]] && how='-c -o /dev/null'  # instruction sets are looked at where code is made
  clang++-14 -std=c++20 -DMORGIANA_VERSION='"0"' -Wall -Wextra -Werror $how -Iinclude -Isrc -isystem "$P11_KIT" $(flags "$1") "$1"
}
export P11_KIT=$1
export -f flags check
find src bindings/cli -name '*.cpp' -print0 | xargs -0 -P2 -I{} bash -c 'check {}'
