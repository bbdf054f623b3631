#include <string>
#include <utility>

#include "gallery/key_origin.hpp"
#include "morgiana/error.hpp"
#include "seal/given_secret.hpp"
#include "seal/passphrase.hpp"

namespace morgiana {
namespace {

constexpr std::size_t kLeastBytes = 8;  // NIST SP 800-63B

class Passphrase : public KeySource::Origin {
 public:
  explicit Passphrase(std::string_view passphrase) : secret_(passphrase) {}

  seal::KekHolder holder() const noexcept override { return seal::KekHolder::passphrase; }
  std::string name() const override { return "passphrase"; }
  void check() const override {}

  NewKek create() const override {
    const auto parameters = seal::PassphraseParameters::random();
    return {seal::derive_from_passphrase(secret_.bytes(), parameters),
            {holder(), parameters.encode()}};
  }

  seal::LockedKey open(ByteView parameters) const override {
    return seal::derive_from_passphrase(secret_.bytes(),
                                        seal::PassphraseParameters::decode(parameters));
  }

 private:
  seal::GivenSecret secret_;
};

}  // namespace

KeySource KeySource::passphrase(std::string_view passphrase) {
  if (passphrase.size() < kLeastBytes) {
    throw Error(Errc::invalid_argument,
                "a passphrase has 8 bytes at least, got " + std::to_string(passphrase.size()));
  }
  return KeySource(std::make_shared<Passphrase>(passphrase));
}

}  // namespace morgiana
