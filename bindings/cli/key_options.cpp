#include "key_options.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "morgiana/error.hpp"
#include "terminal.hpp"

namespace morgiana::cli {
namespace {

constexpr std::size_t kMostBytes = 1024;

/// The one line of a private file.
std::string read_secret(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    throw Error(Errc::bad_key_file, path + " is a folder; name a file");
  }
  const fs::perms perms = status.permissions();
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    throw Error(Errc::bad_key_file, "file " + path + " cannot be read: " +
                                        (error ? error.message() : std::strerror(errno)));
  }
  if ((perms & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
    throw Error(Errc::bad_key_file, "file " + path +
                                        " can be accessed by others than its owner; make it "
                                        "private with: chmod 600 " +
                                        path);
  }
  std::array<char, kMostBytes + 1> bytes;
  file.read(bytes.data(), bytes.size());
  std::string_view read(bytes.data(), static_cast<std::size_t>(file.gcount()));
  if (read.size() > kMostBytes) {
    throw Error(Errc::bad_key_file,
                "file " + path + " has more than " + std::to_string(kMostBytes) + " bytes");
  }
  if (read.ends_with('\n')) read.remove_suffix(1);
  if (read.ends_with('\r')) read.remove_suffix(1);
  return std::string(read);
}

TokenOptions token_options(const KeyOptions& key, const std::string& pin) {
  if (key.token_module.empty() || key.token_key.empty()) {
    throw Error(Errc::invalid_argument, "a token is named by --" + key.prefix + "token, --" +
                                            key.prefix + "token-module and --" + key.prefix +
                                            "token-key");
  }
  return {key.token_module, key.token, key.token_key, pin};
}

}  // namespace

void add_key(CLI::App& verb, KeyOptions& key, const std::string& prefix) {
  key.prefix = prefix;
  const char* from_environment = prefix.empty() ? std::getenv("MORGIANA_KEY_FILE") : nullptr;
  if (from_environment != nullptr) key.key_file = from_environment;
  CLI::Option_group& group = *verb.add_option_group(prefix.empty() ? "Key" : "New key");
  group.add_option("--" + prefix + "key", key.key_file,
                   prefix.empty() ? "The key file; only its owner may read it "
                                    "(Env:MORGIANA_KEY_FILE)"
                                  : "The new key file; only its owner may read it");
  group.add_option("--" + prefix + "passphrase-file", key.passphrase_file,
                   "A file with the passphrase, 8 bytes at least without the newline at its end; "
                   "only its owner may read it");
  group.add_flag("--" + prefix + "passphrase", key.asks,
                 "Ask for the passphrase on the terminal, 8 bytes at least");
  group.add_option("--" + prefix + "token", key.token, "Label of the PKCS#11 token with the key");
  group.require_option(from_environment == nullptr ? 1 : 0, 1);
  CLI::Option_group& token = *verb.add_option_group(prefix.empty() ? "Token" : "New token");
  token.add_option("--" + prefix + "token-module", key.token_module,
                   "The library of the token's maker (PKCS#11)");
  token.add_option("--" + prefix + "token-key", key.token_key, "Label of the key in the token");
  token.add_option("--" + prefix + "pin-file", key.pin_file,
                   "A file with the PIN; without it the PIN is asked for");
}

std::string pin_of(const std::string& token, const std::string& pin_file,
                   const std::string& option) {
  if (!pin_file.empty()) return read_secret(pin_file);
  return ask_secret({"PIN of token '" + token + "': ", "PIN", option});
}

namespace {

std::string token_pin(const KeyOptions& key) {
  return pin_of(key.token, key.pin_file, "--" + key.prefix + "pin-file");
}

std::string passphrase_of(const KeyOptions& key, const std::string& prompt) {
  return ask_secret({prompt, "passphrase", "--" + key.prefix + "passphrase-file"});
}

}  // namespace

bool is_key_file(const KeyOptions& key) {
  return key.passphrase_file.empty() && !key.asks && key.token.empty();
}

KeySource source_of(const KeyOptions& key, Passphrase which) {
  if (!key.token.empty()) {
    const std::string pin = token_pin(key);
    return KeySource::token(token_options(key, pin));
  }
  if (is_key_file(key)) return KeySource::file(key.key_file);
  if (!key.asks) return KeySource::passphrase(read_secret(key.passphrase_file));
  const bool is_fresh = which == Passphrase::fresh;
  const std::string words = passphrase_of(key, is_fresh ? "New passphrase: " : "Passphrase: ");
  if (is_fresh && passphrase_of(key, "The same again: ") != words) {
    throw Error(Errc::invalid_argument, "the two passphrases are not the same");
  }
  return KeySource::passphrase(words);
}

std::string remedy(const Error& error, const KeyOptions& key, const KeySource& source,
                   bool is_created) {
  if (is_created) {
    return "; the new " + source.name() +
           " is kept: use it without --create-key, or delete it where it is not wanted";
  }
  const std::string_view message = error.what();
  const bool is_missing = message.ends_with("there is no key file " + key.key_file) ||
                          message.ends_with("has no key '" + key.token_key + "'");
  return is_missing ? "; --create-key makes it" : "";
}

KeySource create_source(const KeyOptions& key) {
  if (is_key_file(key)) return KeySource::create_file(key.key_file);
  if (!key.token.empty()) {
    const std::string pin = token_pin(key);
    return KeySource::create_in_token(token_options(key, pin));
  }
  throw Error(Errc::invalid_argument, "--create-key makes a key file or a key in a token");
}

}  // namespace morgiana::cli
