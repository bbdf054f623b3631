#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "morgiana/error.hpp"
#include "morgiana/keys.hpp"

namespace morgiana::cli {

/// What opens a gallery, as the line says it: one of these.
struct KeyOptions {
  std::string prefix;  // in front of the names: "" or "new-"
  std::string key_file;
  std::string passphrase_file;
  bool asks = false;
  std::string token;
  std::string token_module;
  std::string token_key;
  std::string pin_file;
};

/// Errors (at parsing): none or several of them.
void add_key(CLI::App& verb, KeyOptions& key, const std::string& prefix = "");

/// Of a key file, whether it is there or not.
bool is_key_file(const KeyOptions& key);

/// Reads or asks for the passphrase, twice where it is a new one, or the PIN.
/// Errors: those of KeySource; invalid_argument (no terminal, or two different answers);
/// bad_key_file (a file with a secret that is not there, is too long, or that others may read).
enum class Passphrase { known, fresh };
KeySource source_of(const KeyOptions& key, Passphrase which = Passphrase::known);

/// The one line of a private file, or what is typed where none is named by its option. Errors: as
/// source_of.
std::string pin_of(const std::string& token, const std::string& pin_file,
                   const std::string& option);

/// Makes the key file, or the key in the token, that the options name.
/// Errors: those of KeySource; invalid_argument where they name a passphrase.
KeySource create_source(const KeyOptions& key);

/// What is said with an error of a verb that would have made the key, or that has made it.
std::string remedy(const Error& error, const KeyOptions& key, const KeySource& source,
                   bool is_created);

}  // namespace morgiana::cli
