#include "key_options.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "morgiana/error.hpp"
#include "terminal.hpp"

namespace morgiana::cli {
namespace {

constexpr std::size_t kMostBytes = 1024;

/// Without the end of its line.
std::string read_passphrase(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::perms perms = fs::status(path, error).permissions();
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    throw Error(Errc::bad_key_file, "passphrase file " + path + " cannot be read");
  }
  if ((perms & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
    throw Error(Errc::bad_key_file, "passphrase file " + path +
                                        " can be accessed by others than its owner; make it "
                                        "private with: chmod 600 " +
                                        path);
  }
  std::array<char, kMostBytes + 1> bytes;
  file.read(bytes.data(), bytes.size());
  std::string_view read(bytes.data(), static_cast<std::size_t>(file.gcount()));
  if (read.size() > kMostBytes) {
    throw Error(Errc::bad_key_file, "passphrase file " + path + " has more than " +
                                        std::to_string(kMostBytes) + " bytes");
  }
  if (read.ends_with('\n')) read.remove_suffix(1);
  if (read.ends_with('\r')) read.remove_suffix(1);
  return std::string(read);
}

}  // namespace

void add_key(CLI::App& verb, KeyOptions& key, const std::string& prefix) {
  const char* from_environment = prefix.empty() ? std::getenv("MORGIANA_KEY_FILE") : nullptr;
  if (from_environment != nullptr) key.key_file = from_environment;
  CLI::Option_group& group = *verb.add_option_group(prefix.empty() ? "Key" : "New key");
  group.add_option("--" + prefix + "key", key.key_file,
                   prefix.empty() ? "The key file; only its owner may read it "
                                    "(Env:MORGIANA_KEY_FILE)"
                                  : "The new key file; only its owner may read it");
  group.add_option("--" + prefix + "passphrase-file", key.passphrase_file,
                   "A file with the passphrase; only its owner may read it");
  group.add_flag("--" + prefix + "passphrase", key.asks, "Ask for the passphrase on the terminal");
  group.require_option(from_environment == nullptr ? 1 : 0, 1);
}

bool is_key_file(const KeyOptions& key) {
  return key.passphrase_file.empty() && !key.asks;
}

KeySource source_of(const KeyOptions& key, Passphrase which) {
  if (is_key_file(key)) return KeySource::file(key.key_file);
  if (!key.asks) return KeySource::passphrase(read_passphrase(key.passphrase_file));
  const bool is_fresh = which == Passphrase::fresh;
  const std::string words = ask_secret(is_fresh ? "New passphrase: " : "Passphrase: ");
  if (is_fresh && ask_secret("The same again: ") != words) {
    throw Error(Errc::invalid_argument, "the two passphrases are not the same");
  }
  return KeySource::passphrase(words);
}

}  // namespace morgiana::cli
