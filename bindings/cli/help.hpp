#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace morgiana::cli {

/// What the help of a verb says behind its options: what it prints and brings about, and its exit
/// codes; `one` is what code 1 stands for, where it has one.
void explain(CLI::App& verb, const std::string& notes, const std::string& one = "");

/// Groups of options that must be given come first, then what explain() was told, then the groups
/// that few need: tokens and anchors.
std::shared_ptr<CLI::Formatter> help_formatter();

/// The text in lines of so many columns at most, as far as its words allow.
std::string wrapped(const std::string& text, std::size_t num_columns);

}  // namespace morgiana::cli
