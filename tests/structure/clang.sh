#!/usr/bin/env bash
# clang 14 compiles every source of the command-line tool too; those of the library are compiled by
# fuzz.build.
set -euo pipefail
cd "$(dirname "$0")/../.."
find bindings/cli -name '*.cpp' -print0 |
  xargs -0 -P2 -I{} clang++-14 -std=c++20 -DMORGIANA_VERSION='"0"' -Wall -Wextra -Werror -fsyntax-only -Iinclude {}
