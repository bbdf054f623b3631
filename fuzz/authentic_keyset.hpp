#pragma once

#include <cstdint>
#include <string_view>

#include "seal/aead.hpp"
#include "seal/keyset.hpp"
#include "seal/mac.hpp"
#include "seal/sample.hpp"

namespace morgiana::fuzz {

inline seal::SecretKey sample_kek() {
  return test::counting_key(99);
}

/// A keyset's file with a right commitment and a right tag, whatever it says: docs/FORMAT.md, made
/// here from what it says there. `described`: everything from the generation to the commitment.
inline Bytes authentic_keyset(std::uint8_t version, ByteView described, ByteView secrets) {
  constexpr std::string_view kMagic = "MRGNKEYS";
  const seal::SecretKey kek = sample_kek();
  const Uuid uuid = test::sample_gallery().uuid;
  Bytes file(kMagic.begin(), kMagic.end());
  file.insert(file.end(), {version, 0, 0, 0});
  file.insert(file.end(), uuid.begin(), uuid.end());
  const seal::Digest commitment =
      seal::hmac_sha256(seal::derive(kek, "morgiana/keyset/commit"), file);
  file.insert(file.end(), described.begin(), described.end());
  file.insert(file.end(), commitment.begin(), commitment.end());
  Bytes sealed(secrets.size() + seal::kOverheadBytes);
  seal::Random random;
  seal::seal(seal::derive(kek, "morgiana/keyset/seal"), file, secrets, random, sealed);
  file.insert(file.end(), sealed.begin(), sealed.end());
  return file;
}

/// Whether all keys are those that lie in these bytes, in the order of the entries.
inline bool holds(const seal::Keyset& keyset, ByteView ids, ByteView secrets) {
  const auto is = [&](const seal::SecretKey* key, std::size_t index) {
    const ByteView expected = secrets.subspan(index * seal::SecretKey::kBytes, 32);
    return key != nullptr && std::equal(expected.begin(), expected.end(), key->bytes().begin());
  };
  const std::size_t num_keys = secrets.size() / seal::SecretKey::kBytes - 2;
  bool all = is(&keyset.rotation_seed(), num_keys) && is(&keyset.state_key(), num_keys + 1);
  for (std::size_t i = 0; i < num_keys; ++i) {
    const ByteView id = ids.subspan(5 * i, 4);
    all = all && is(keyset.find(std::uint32_t{id[0]} | std::uint32_t{id[1]} << 8 |
                                std::uint32_t{id[2]} << 16 | std::uint32_t{id[3]} << 24),
                    i);
  }
  return all;
}

}  // namespace morgiana::fuzz
