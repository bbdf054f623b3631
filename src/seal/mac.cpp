#include "seal/mac.hpp"

#include <algorithm>
#include <string>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "seal/openssl.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {
namespace {

char kSha256Name[] = "SHA256";  // OpenSSL's parameters are not const

MacContext make_hmac() {
  MacContext hmac(EVP_MAC_CTX_new(openssl().hmac.get()));
  require(hmac != nullptr ? 1 : 0, "creating an HMAC context");
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, kSha256Name, 0),
      OSSL_PARAM_construct_end()};
  require(EVP_MAC_CTX_set_params(hmac.get(), parameters), "choosing HMAC-SHA-256");
  return hmac;
}

void key_with(EVP_MAC_CTX* hmac, const SecretKey& key) {
  require(EVP_MAC_init(hmac, key.bytes().data(), key.bytes().size(), nullptr), "keying HMAC");
}

/// Of a context that is keyed and has seen nothing yet.
Digest digest_of(EVP_MAC_CTX* hmac, ByteView message) {
  Digest digest;
  std::size_t num_bytes = 0;
  require(EVP_MAC_update(hmac, message.data(), message.size()), "HMAC");
  require(EVP_MAC_final(hmac, digest.data(), &num_bytes, digest.size()), "finishing HMAC");
  return digest;
}

}  // namespace

Digest sha256(ByteView message) {
  Digest digest;
  require(EVP_Digest(message.data(), message.size(), digest.data(), nullptr, openssl().sha256.get(),
                     nullptr),
          "SHA-256");
  return digest;
}

Digest hmac_sha256(const SecretKey& key, ByteView message) {
  thread_local const MacContext hmac = make_hmac();
  key_with(hmac.get(), key);
  const Digest digest = digest_of(hmac.get(), message);
  static const SecretKey none(std::array<std::uint8_t, SecretKey::kBytes>{});
  key_with(hmac.get(), none);  // the context keeps its key until it is given another
  return digest;
}

Hmac::Hmac(const SecretKey& key) : context_(make_hmac()) {
  key_with(context_.get(), key);
}

Digest Hmac::digest(ByteView message) {
  require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr), "starting HMAC again");
  return digest_of(context_.get(), message);
}

SecretKey derive(const SecretKey& key, std::string_view purpose) {
  const KdfContext hkdf(EVP_KDF_CTX_new(openssl().hkdf.get()));
  require(hkdf != nullptr ? 1 : 0, "creating an HKDF context");
  std::array<std::uint8_t, SecretKey::kBytes> secret;
  std::copy(key.bytes().begin(), key.bytes().end(), secret.begin());
  std::string info(purpose);
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, kSha256Name, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  std::array<std::uint8_t, SecretKey::kBytes> out;
  const int ok = EVP_KDF_derive(hkdf.get(), out.data(), out.size(), parameters);
  wipe(secret.data(), secret.size());
  SecretKey derived(out);
  wipe(out.data(), out.size());
  require(ok, "HKDF-SHA-256");
  return derived;
}

bool equal(const Digest& a, const Digest& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace morgiana::seal
