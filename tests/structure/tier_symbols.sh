#!/usr/bin/env bash
# A tier file may define its table and no weak symbol: an inline function compiled for AVX-512 could
# become the one copy that the baseline path calls. Usage: tier_symbols.sh <libmorgiana.a>
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && ar x "$1")
checked=0
for object in "$folder"/{scalar,avx2,avx512,avx512_vnni,amx}.cpp.o; do
  [[ -f $object ]] || continue
  if nm "$object" | grep -E ' [VWvwu] '; then
    echo "$(basename "$object") has weak symbols"
    exit 1
  fi
  defined=$(nm --defined-only --extern-only -C "$object" | grep -vc 'kTable$' || true)
  if [[ $defined != 0 ]]; then
    nm --defined-only --extern-only -C "$object"
    exit 1
  fi
  checked=$((checked + 1))
done
echo "$checked tier objects checked"
((checked > 0))
