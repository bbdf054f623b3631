#include "seal/passphrase.hpp"

#include <algorithm>
#include <string>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "morgiana/error.hpp"
#include "seal/openssl.hpp"
#include "seal/random.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {
namespace {

constexpr std::size_t kIterationsBytes = 4;

}  // namespace

PassphraseParameters PassphraseParameters::random() {
  PassphraseParameters fresh;
  fill_random(fresh.salt);
  return fresh;
}

PassphraseParameters PassphraseParameters::decode(ByteView stored) {
  if (stored.size() != kBytes) {
    throw Error(Errc::not_authentic, "the keyset names no salt for its passphrase");
  }
  PassphraseParameters read;
  read.iterations = 0;
  for (std::size_t i = 0; i < kIterationsBytes; ++i) {
    read.iterations |= std::uint32_t{stored[i]} << (8 * i);
  }
  if (read.iterations < kLeastIterations || read.iterations > kMostIterations) {
    throw Error(Errc::not_authentic, "the keyset asks for " + std::to_string(read.iterations) +
                                         " iterations of PBKDF2; " +
                                         std::to_string(kLeastIterations) + " to " +
                                         std::to_string(kMostIterations) + " are allowed");
  }
  std::copy(stored.begin() + kIterationsBytes, stored.end(), read.salt.begin());
  return read;
}

Bytes PassphraseParameters::encode() const {
  Bytes out(kBytes);
  for (std::size_t i = 0; i < kIterationsBytes; ++i) {
    out[i] = static_cast<std::uint8_t>(iterations >> (8 * i) & 0xFF);
  }
  std::copy(salt.begin(), salt.end(), out.begin() + kIterationsBytes);
  return out;
}

LockedKey derive_from_passphrase(ByteView passphrase, const PassphraseParameters& parameters) {
  const KdfContext pbkdf2(EVP_KDF_CTX_new(openssl().pbkdf2.get()));
  require(pbkdf2 != nullptr ? 1 : 0, "creating a PBKDF2 context");
  char digest[] = "SHA256";  // OpenSSL's parameters are not const
  auto* secret = const_cast<std::uint8_t*>(passphrase.data());
  std::array<std::uint8_t, 32> salt = parameters.salt;
  std::uint64_t iterations = parameters.iterations;
  const OSSL_PARAM all[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, secret, passphrase.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations), OSSL_PARAM_construct_end()};
  std::array<std::uint8_t, SecretKey::kBytes> out;
  const int ok = EVP_KDF_derive(pbkdf2.get(), out.data(), out.size(), all);
  LockedKey key{SecretKey(out)};
  wipe(out.data(), out.size());
  require(ok, "PBKDF2");
  return key;
}

}  // namespace morgiana::seal
