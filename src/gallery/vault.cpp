#include "gallery/vault.hpp"

#include <array>
#include <bit>
#include <string>
#include <utility>

#include "morgiana/error.hpp"
#include "seal/aead.hpp"
#include "seal/transcript.hpp"

namespace morgiana {

// Vectors are sealed as the machine holds them; a big-endian port would swap here.
static_assert(std::endian::native == std::endian::little);

Vault::Vault(seal::GalleryIdentity gallery, seal::Keyset keyset, KeyRing::Read read)
    : gallery_(std::move(gallery)) {
  constexpr std::array kPurposes{"morgiana/head",          "morgiana/subject-row",
                                 "morgiana/subject-entry", "morgiana/revoked",
                                 "morgiana/relying-party", "morgiana/receipt"};
  drawn_keys_.reserve(kPurposes.size());
  for (const char* purpose : kPurposes) {
    drawn_keys_.push_back(seal::derive(keyset.state_key(), purpose));
  }
  keys_ = std::make_unique<KeyRing>(std::move(keyset), std::move(read));
}

std::size_t Vault::sealed_bytes() const noexcept {
  return gallery_.model.dim * sizeof(float) + seal::kOverheadBytes;
}

void Vault::seal(const seal::SecretKey& key, std::uint64_t reference, std::span<const float> values,
                 seal::Random& random, MutableBytes sealed) const {
  const Bytes binding =
      seal::reference_binding(gallery_, subject_key_of(reference), number_of(reference));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  seal::seal(key, binding, ByteView(bytes, values.size_bytes()), random, sealed);
}

seal::KeySlot Vault::wrap(std::uint64_t subject_key, std::uint64_t slot, const seal::SecretKey& key,
                          seal::Random& random) const {
  return seal::wrap(*keys_->current(), gallery_, subject_key, slot, key, random);
}

seal::SecretKey Vault::Opener::unwrap(std::uint64_t subject_key, std::uint64_t slot,
                                      const seal::KeySlot& wrapped) {
  const std::uint32_t id = seal::wrapping_key_id(wrapped);
  if (keyset_->find(id) == nullptr) keyset_ = vault_.keys().with(id);
  return seal::unwrap(cipher_, *keyset_, subject_keys_, subject_key, slot, wrapped);
}

void Vault::Opener::open(const seal::SecretKey& key, std::uint64_t reference, ByteView sealed,
                         std::span<float> values) {
  const ByteView binding = references_.with({subject_key_of(reference), number_of(reference)});
  auto* bytes = reinterpret_cast<std::uint8_t*>(values.data());
  if (!cipher_.open(key, binding, sealed, MutableBytes(bytes, values.size_bytes()))) {
    throw Error(Errc::not_authentic,
                "reference " + std::to_string(number_of(reference)) + " of subject number " +
                    std::to_string(subject_key_of(reference)) + " was changed or moved");
  }
}

void Vault::check_row(const store::SubjectRow& row) const {
  check_tag(row, seal::hmac_sha256(row_key(), row_transcript(row).view()));
}

seal::Digest Vault::entry_digest(const SubjectEntry& entry) const {
  return seal::hmac_sha256(entry_key(), entry.view());
}

seal::Digest Vault::revoked_tag(std::uint64_t subject_key) const {
  seal::Transcript transcript("morgiana/revoked");
  transcript.add(ByteView(gallery_.uuid)).add(subject_key);
  return seal::hmac_sha256(drawn_keys_[3], transcript.view());
}

seal::Digest Vault::Macs::row_tag(const store::SubjectRow& row) {
  return rows_.digest(row_transcript(row).view());
}

}  // namespace morgiana
