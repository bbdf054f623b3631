#include "seal/signature.hpp"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "seal/openssl.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {
namespace {

constexpr const char* kAlgorithm = "ED25519";

using PublicKeyHandle = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using SignatureContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

SignatureContext make_context() {
  SignatureContext context(EVP_MD_CTX_new());
  require(context != nullptr ? 1 : 0, "creating a context for signatures");
  return context;
}

OSSL_LIB_CTX* library() {
  return openssl().library.get();
}

KeyContext make_key_context() {
  KeyContext context(EVP_PKEY_CTX_new_from_name(library(), kAlgorithm, nullptr));
  require(context != nullptr ? 1 : 0, "creating a context for keys");
  require(EVP_PKEY_fromdata_init(context.get()), "preparing a context for keys");
  return context;
}

/// OpenSSL's parameters are not const. It copies both, and the context keeps neither.
EVP_PKEY* key_pair(std::array<std::uint8_t, SecretKey::kBytes>& seed, PublicKey public_key) {
  thread_local const KeyContext context = make_key_context();
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, seed.data(), seed.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_key.data(),
                                        public_key.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  const int ok = EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters);
  return ok == 1 ? key : nullptr;
}

}  // namespace

void SigningKey::Free::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

SigningKey::SigningKey(const SecretKey& seed)
    : key_(EVP_PKEY_new_raw_private_key_ex(library(), kAlgorithm, nullptr, seed.bytes().data(),
                                           seed.bytes().size())) {
  require(key_ != nullptr ? 1 : 0, "making an Ed25519 key");
  std::size_t num_bytes = public_key_.size();
  require(EVP_PKEY_get_raw_public_key(key_.get(), public_key_.data(), &num_bytes),
          "drawing the public key of Ed25519");
}

SigningKey::SigningKey(const SecretKey& seed, const PublicKey& public_key)
    : public_key_(public_key) {
  std::array<std::uint8_t, SecretKey::kBytes> bytes;
  std::copy(seed.bytes().begin(), seed.bytes().end(), bytes.begin());
  key_.reset(key_pair(bytes, public_key));
  wipe(bytes.data(), bytes.size());
  require(key_ != nullptr ? 1 : 0, "making an Ed25519 key");
}

Signature SigningKey::sign(ByteView message) const {
  const SignatureContext context = make_context();
  Signature signature;
  std::size_t num_bytes = signature.size();
  require(EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, library(), nullptr, key_.get(),
                                nullptr),
          "keying Ed25519");
  require(
      EVP_DigestSign(context.get(), signature.data(), &num_bytes, message.data(), message.size()),
      "signing with Ed25519");
  return signature;
}

bool verify(const PublicKey& key, ByteView message, ByteView signature) {
  const PublicKeyHandle handle(
      EVP_PKEY_new_raw_public_key_ex(library(), kAlgorithm, nullptr, key.data(), key.size()));
  require(handle != nullptr ? 1 : 0, "reading a public key of Ed25519");
  const SignatureContext context = make_context();
  require(EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, library(), nullptr, handle.get(),
                                  nullptr),
          "keying Ed25519");
  // 0 says that it is another's, and below 0 that OpenSSL could not say.
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace morgiana::seal
