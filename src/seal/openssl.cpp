#include "seal/openssl.hpp"

#include <string>

#include "morgiana/error.hpp"

namespace morgiana::seal {
namespace {

Openssl load() {
  Openssl all;
  const auto loaded = [](const auto& object, const char* what) {
    require(object != nullptr ? 1 : 0, what);
  };
  all.library.reset(OSSL_LIB_CTX_new());
  loaded(all.library, "creating a library context");
  all.provider.reset(OSSL_PROVIDER_load(all.library.get(), "default"));
  loaded(all.provider, "loading the default provider");
  all.aes_256_gcm.reset(EVP_CIPHER_fetch(all.library.get(), "AES-256-GCM", nullptr));
  loaded(all.aes_256_gcm, "fetching AES-256-GCM");
  all.hmac.reset(EVP_MAC_fetch(all.library.get(), "HMAC", nullptr));
  loaded(all.hmac, "fetching HMAC");
  all.hkdf.reset(EVP_KDF_fetch(all.library.get(), "HKDF", nullptr));
  loaded(all.hkdf, "fetching HKDF");
  all.pbkdf2.reset(EVP_KDF_fetch(all.library.get(), "PBKDF2", nullptr));
  loaded(all.pbkdf2, "fetching PBKDF2");
  all.sha256.reset(EVP_MD_fetch(all.library.get(), "SHA256", nullptr));
  loaded(all.sha256, "fetching SHA-256");
  return all;
}

}  // namespace

const Openssl& openssl() {
  // Never destroyed: threads that end after main still free contexts of this library.
  static const Openssl& all = *new Openssl(load());
  return all;
}

void require(int ok, const char* what) {
  if (ok != 1) throw Error(Errc::crypto_failed, std::string("OpenSSL failed at ") + what);
}

}  // namespace morgiana::seal
