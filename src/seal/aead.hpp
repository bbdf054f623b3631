#pragma once

#include "seal/secret_key.hpp"
#include "types/bytes.hpp"

namespace morgiana::seal {

inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kOverheadBytes = kNonceBytes + kTagBytes;

/// AES-256-GCM with a fresh random nonce: out = nonce ‖ ciphertext ‖ tag.
/// Shape:  out [plaintext + kOverheadBytes].
/// Errors: crypto_failed; out is zeroed then.
void seal(const SecretKey& key, ByteView binding, ByteView plaintext, Random& random,
          MutableBytes out);

/// Opens what `seal` made under the same key and binding. False on any difference, with the
/// plaintext zeroed. Shape: plaintext [sealed - kOverheadBytes], anything else is false too.
[[nodiscard]] bool open(const SecretKey& key, ByteView binding, ByteView sealed,
                        MutableBytes plaintext);

}  // namespace morgiana::seal
