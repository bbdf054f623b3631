#!/usr/bin/env bash
# Every source is formatted by clang-format-14 with the project's style.
set -euo pipefail
cd "$(dirname "$0")/../.."
find include src bindings tests examples bench evaluations fuzz -name '*.hpp' -o -name '*.cpp' |
  xargs clang-format-14 --dry-run --Werror
