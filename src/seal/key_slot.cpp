#include "seal/key_slot.hpp"

#include <algorithm>
#include <string>

#include "morgiana/error.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {
namespace {

constexpr std::size_t kIdBytes = 4;
static_assert(kKeySlotBytes == kIdBytes + SecretKey::kBytes + kOverheadBytes);

}  // namespace

KeySlot wrap(const Keyset& keyset, const GalleryIdentity& gallery, std::uint64_t subject_key,
             std::uint64_t slot, const SecretKey& key, Random& random) {
  const WrappingKey& wrapping = keyset.current();
  KeySlot wrapped;
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    wrapped[i] = static_cast<std::uint8_t>(wrapping.id >> (8 * i) & 0xFF);
  }
  seal(wrapping.key, subject_key_binding(gallery, subject_key, slot, wrapping.id), key.bytes(),
       random, std::span(wrapped).subspan<kIdBytes>());
  return wrapped;
}

std::uint32_t wrapping_key_id(std::span<const std::uint8_t, kKeySlotBytes> wrapped) noexcept {
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < kIdBytes; ++i) id |= std::uint32_t{wrapped[i]} << (8 * i);
  return id;
}

SecretKey unwrap(Opener& opener, const Keyset& keyset, Binding& subject_keys,
                 std::uint64_t subject_key, std::uint64_t slot,
                 std::span<const std::uint8_t, kKeySlotBytes> wrapped) {
  const std::uint32_t id = wrapping_key_id(wrapped);
  const SecretKey* wrapping = keyset.find(id);
  std::array<std::uint8_t, SecretKey::kBytes> bytes;
  if (wrapping == nullptr || !opener.open(*wrapping, subject_keys.with({subject_key, slot, id}),
                                          wrapped.subspan<kIdBytes>(), bytes)) {
    throw Error(Errc::not_authentic, "the key of subject number " + std::to_string(subject_key) +
                                         " in slot " + std::to_string(slot) +
                                         " was changed or moved");
  }
  SecretKey key(bytes);
  wipe(bytes.data(), bytes.size());
  return key;
}

}  // namespace morgiana::seal
