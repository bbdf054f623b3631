#pragma once

#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>

namespace morgiana::seal {

template <auto free>
struct FreeWith {
  template <class Object>
  void operator()(Object* object) const noexcept {
    free(object);
  }
};
template <class Object, auto free>
using Owned = std::unique_ptr<Object, FreeWith<free>>;

using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using MacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using KdfContext = Owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;

/// A library context of our own: the host program's openssl.cnf, providers and engines must not
/// leak in. Fetched once; OpenSSL locks and counts references at every fetch.
struct Openssl {
  Owned<OSSL_LIB_CTX, OSSL_LIB_CTX_free> library;
  Owned<OSSL_PROVIDER, OSSL_PROVIDER_unload> provider;
  Owned<EVP_CIPHER, EVP_CIPHER_free> aes_256_gcm;
  Owned<EVP_MAC, EVP_MAC_free> hmac;
  Owned<EVP_KDF, EVP_KDF_free> hkdf;
  Owned<EVP_KDF, EVP_KDF_free> pbkdf2;
  Owned<EVP_MD, EVP_MD_free> sha256;
};

/// Errors: crypto_failed.
const Openssl& openssl();

/// Errors: crypto_failed where `ok` is not 1; `what` names the operation.
void require(int ok, const char* what);

}  // namespace morgiana::seal
