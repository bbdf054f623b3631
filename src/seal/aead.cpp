#include "seal/aead.hpp"

#include <algorithm>
#include <climits>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "morgiana/error.hpp"
#include "seal/openssl.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {
namespace {

/// Initialised with the cipher once: naming it again would contend with other threads on its
/// reference count.
CipherContext make_context(bool encrypt) {
  CipherContext context(EVP_CIPHER_CTX_new());
  require(context != nullptr ? 1 : 0, "creating a cipher context");
  require(EVP_CipherInit_ex2(context.get(), openssl().aes_256_gcm.get(), nullptr, nullptr,
                             encrypt ? 1 : 0, nullptr),
          "initialising AES-256-GCM");
  return context;
}

/// Of a thread.
EVP_CIPHER_CTX* sealing_context() {
  thread_local const CipherContext mine = make_context(true);
  return mine.get();
}

int length(std::size_t num_bytes) {
  if (num_bytes > INT_MAX) throw Error(Errc::limit_reached, "a record is larger than 2 GiB");
  return static_cast<int>(num_bytes);
}

/// The context holds the expanded key between calls; this overwrites it.
void forget_key(EVP_CIPHER_CTX* cipher) {
  static constexpr std::uint8_t kNoKey[SecretKey::kBytes] = {};
  require(EVP_CipherInit_ex2(cipher, nullptr, kNoKey, nullptr, -1, nullptr), "forgetting a key");
}

/// Whether the tag is right; the plaintext must not be used where it is not.
bool decrypt(EVP_CIPHER_CTX* cipher, const SecretKey& key, ByteView binding, ByteView sealed,
             MutableBytes plaintext) {
  std::uint8_t tag[kTagBytes];
  std::copy(sealed.end() - kTagBytes, sealed.end(), tag);
  // Given with the key: a call of its own costs a seventh of opening a wrapped key.
  const OSSL_PARAM expected[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, kTagBytes),
      OSSL_PARAM_construct_end()};
  std::uint8_t none = 0;
  int done = 0;
  require(EVP_CipherInit_ex2(cipher, nullptr, key.bytes().data(), sealed.data(), 0, expected),
          "keying AES-256-GCM");
  require(EVP_CipherUpdate(cipher, nullptr, &done, binding.data(), length(binding.size())),
          "binding a record");
  require(EVP_CipherUpdate(cipher, plaintext.data(), &done, sealed.data() + kNonceBytes,
                           length(plaintext.size())),
          "decrypting a record");
  return EVP_CipherFinal_ex(cipher, &none, &done) == 1;
}

}  // namespace

void seal(const SecretKey& key, ByteView binding, ByteView plaintext, Random& random,
          MutableBytes out) {
  if (out.size() != plaintext.size() + kOverheadBytes) {
    throw Error(Errc::invalid_argument, "a sealed record is 28 bytes longer than its plaintext");
  }
  EVP_CIPHER_CTX* cipher = sealing_context();
  const MutableBytes nonce = out.first(kNonceBytes);
  std::uint8_t* text = out.data() + kNonceBytes;
  int done = 0;
  try {
    random.fill(nonce);
    require(EVP_CipherInit_ex2(cipher, nullptr, key.bytes().data(), nonce.data(), 1, nullptr),
            "keying AES-256-GCM");
    require(EVP_CipherUpdate(cipher, nullptr, &done, binding.data(), length(binding.size())),
            "binding a record");
    require(EVP_CipherUpdate(cipher, text, &done, plaintext.data(), length(plaintext.size())),
            "encrypting a record");
    require(EVP_CipherFinal_ex(cipher, text + plaintext.size(), &done), "finishing a record");
    require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTagBytes, text + plaintext.size()),
            "authenticating a record");
  } catch (...) {
    forget_key(cipher);
    wipe(out.data(), out.size());
    throw;
  }
  forget_key(cipher);
}

void Opener::Free::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}

Opener::Opener() : context_(make_context(false).release()) {}

bool Opener::open(const SecretKey& key, ByteView binding, ByteView sealed, MutableBytes plaintext) {
  bool authentic = sealed.size() == plaintext.size() + kOverheadBytes;
  try {
    authentic = authentic && decrypt(context_.get(), key, binding, sealed, plaintext);
  } catch (...) {
    wipe(plaintext.data(), plaintext.size());
    throw;
  }
  if (!authentic) wipe(plaintext.data(), plaintext.size());
  return authentic;
}

bool open(const SecretKey& key, ByteView binding, ByteView sealed, MutableBytes plaintext) {
  return Opener().open(key, binding, sealed, plaintext);
}

}  // namespace morgiana::seal
