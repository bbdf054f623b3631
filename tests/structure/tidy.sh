#!/usr/bin/env bash
# clang-tidy finds nothing in the library's sources. Usage: tidy.sh <build folder>
set -euo pipefail
cd "$(dirname "$0")/../.."
find src bindings/cli -name '*.cpp' -print0 |
  xargs -0 -P2 -n4 clang-tidy-14 --quiet -p "$1" --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option 2>&1
