#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace morgiana::cli {

// Options whose text is a number from the first to the last character, from `least` to `most`:
// anything else, and an empty text above all, is a wrong command line.

/// A decimal number, rounded up to the float that is not below it, so that no threshold is lowered.
CLI::Option* add_number(CLI::App& verb, const std::string& name, float& value, double least,
                        double most, const std::string& description);

/// A decimal number above 0 and below 1.
CLI::Option* add_rate(CLI::App& verb, const std::string& name, double& value,
                      const std::string& description);

/// Decimal digits, or 0x and hexadecimal ones.
CLI::Option* add_whole_number(CLI::App& verb, const std::string& name, std::uint64_t& value,
                              std::uint64_t least, std::uint64_t most,
                              const std::string& description);

}  // namespace morgiana::cli
