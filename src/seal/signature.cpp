#include "seal/signature.hpp"

#include "seal/openssl.hpp"

namespace morgiana::seal {
namespace {

constexpr const char* kAlgorithm = "ED25519";

using PublicKeyHandle = Owned<EVP_PKEY, EVP_PKEY_free>;
using SignatureContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

SignatureContext make_context() {
  SignatureContext context(EVP_MD_CTX_new());
  require(context != nullptr ? 1 : 0, "creating a context for signatures");
  return context;
}

OSSL_LIB_CTX* library() {
  return openssl().library.get();
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
