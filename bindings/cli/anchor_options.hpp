#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "morgiana/anchor.hpp"

namespace morgiana::cli {

/// What holds the newest commit of a gallery, as the line says it: a file, a token, or nothing.
struct AnchorOptions {
  std::string prefix;  // in front of the names: "" or "new-"
  std::string file;
  bool is_empty = false;  // the environment names it, and nothing
  std::string token;
  std::string token_module;
  std::string token_object;
  std::string pin_file;
};

/// Errors (at parsing): both of them.
void add_anchor(CLI::App& verb, AnchorOptions& anchor, const std::string& prefix = "");

/// Reads or asks for the PIN of a token.
/// Errors: invalid_argument (a token that is not named in full; no terminal); bad_key_file (a file
/// with a PIN that is not there, is too long, or that others may read).
std::optional<Anchor> anchor_of(const AnchorOptions& anchor);

}  // namespace morgiana::cli
