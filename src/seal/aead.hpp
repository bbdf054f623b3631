#pragma once

#include <memory>

#include "seal/secret_key.hpp"
#include "types/bytes.hpp"

struct evp_cipher_ctx_st;  // OpenSSL's

namespace morgiana::seal {

inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kOverheadBytes = kNonceBytes + kTagBytes;

/// AES-256-GCM with a fresh random nonce: out = nonce ‖ ciphertext ‖ tag.
/// Shape:  out [plaintext + kOverheadBytes].
/// Errors: crypto_failed; out is zeroed then.
void seal(const SecretKey& key, ByteView binding, ByteView plaintext, Random& random,
          MutableBytes out);

/// Opens what `seal` made, many records in a row: OpenSSL's context is made once, and keeps the
/// last key until the opener goes, which zeroes it. One thread at a time.
class Opener {
 public:
  /// Errors: crypto_failed.
  Opener();

  /// False on any difference of key, binding or record, with the plaintext zeroed.
  /// Shape:  plaintext [sealed - kOverheadBytes], anything else is false too.
  /// Errors: crypto_failed; the plaintext is zeroed.
  [[nodiscard]] bool open(const SecretKey& key, ByteView binding, ByteView sealed,
                          MutableBytes plaintext);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

/// One record.
[[nodiscard]] bool open(const SecretKey& key, ByteView binding, ByteView sealed,
                        MutableBytes plaintext);

}  // namespace morgiana::seal
