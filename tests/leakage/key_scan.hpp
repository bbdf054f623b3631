#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "seal/keyset.hpp"
#include "types/bytes.hpp"

namespace morgiana::test {

/// What an attacker does who has files and keys: opens every window of every file with every key,
/// whatever the tables say. A wrapped key is nonce ‖ ciphertext ‖ tag; its ciphertext is decrypted
/// by the counter mode that AES-GCM is, without asking for the tag.
class KeyScan {
 public:
  /// Every key that the keyset holds is tried: wrapping keys, rotation seed, state key.
  explicit KeyScan(const seal::Keyset& keyset);

  /// A subject's key that would be a find.
  void look_for(std::uint64_t subject_key, const seal::SecretKey& key);

  /// Whose keys lie in the regular files of a folder.
  std::vector<std::uint64_t> run(const std::string& folder) const;

  /// Windows tried so far: bytes by keys.
  std::uint64_t num_windows() const { return num_windows_; }

 private:
  struct Wanted {
    std::uint64_t subject_key;
    Bytes key;
  };

  void scan(const Bytes& file, ByteView key, std::vector<std::uint64_t>& found) const;

  std::vector<Bytes> keys_;
  std::unordered_map<std::uint64_t, Wanted> wanted_;  // by the first eight bytes
  mutable std::uint64_t num_windows_ = 0;
};

/// In how many windows of the files these bytes lie as they are.
std::uint64_t num_occurrences(const std::string& folder, ByteView bytes);

}  // namespace morgiana::test
