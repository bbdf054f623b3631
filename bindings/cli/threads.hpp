#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

#include "morgiana/execution.hpp"
#include "number.hpp"

namespace morgiana::cli {

inline void add_threads(CLI::App& verb, std::uint64_t& max_threads) {
  add_whole_number(verb, "--threads", max_threads, 1, std::numeric_limits<unsigned>::max(),
                   "Threads to use at most, 1 without it");
}

inline Execution threads(std::uint64_t max_threads) {
  return {.max_threads = static_cast<unsigned>(max_threads)};
}

}  // namespace morgiana::cli
