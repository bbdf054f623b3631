#pragma once

#include <array>

#include "seal/aead.hpp"
#include "seal/binding.hpp"
#include "seal/keyset.hpp"

namespace morgiana::seal {

inline constexpr std::size_t kKeySlotBytes = 64;

/// A subject key under the current wrapping key: wrapping key id (4, little-endian) ‖ sealed (60).
using KeySlot = std::array<std::uint8_t, kKeySlotBytes>;

/// Which wrapping key sealed it, as far as it says.
std::uint32_t wrapping_key_id(std::span<const std::uint8_t, kKeySlotBytes> wrapped) noexcept;

KeySlot wrap(const Keyset& keyset, const GalleryIdentity& gallery, std::uint64_t subject_key,
             std::uint64_t slot, const SecretKey& key, Random& random);

/// Errors: not_authentic (any difference, or a wrapping key that the keyset does not hold).
SecretKey unwrap(Opener& opener, const Keyset& keyset, Binding& subject_keys,
                 std::uint64_t subject_key, std::uint64_t slot,
                 std::span<const std::uint8_t, kKeySlotBytes> wrapped);

}  // namespace morgiana::seal
