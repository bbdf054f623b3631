#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "gallery/key_origin.hpp"
#include "morgiana/error.hpp"
#include "seal/random.hpp"
#include "seal/token.hpp"

namespace morgiana {
namespace {

using Salt = std::array<std::uint8_t, 32>;

/// The parameters of a keyset are the salt.
class Token : public KeySource::Origin {
 public:
  explicit Token(const TokenOptions& options)
      : key_(options.module, options.token, options.key, options.pin) {}

  const seal::TokenKey& key() const noexcept { return key_; }

  seal::KekHolder holder() const noexcept override { return seal::KekHolder::token; }
  std::string name() const override {
    return "key '" + key_.key() + "' of token '" + key_.token() + "'";
  }
  void check() const override { key_.probe(); }

  NewKek create() const override {
    key_.probe();
    Salt salt;
    seal::fill_random(salt);
    return {key_.derive(salt), {holder(), {salt.begin(), salt.end()}}};
  }

  seal::LockedKey open(ByteView parameters) const override {
    Salt salt;
    if (parameters.size() != salt.size()) {
      throw Error(Errc::not_authentic, "the keyset names no salt for its token");
    }
    std::copy(parameters.begin(), parameters.end(), salt.begin());
    return key_.derive(salt);
  }

 private:
  seal::TokenKey key_;
};

}  // namespace

KeySource KeySource::token(const TokenOptions& options) {
  return KeySource(std::make_shared<Token>(options));
}

KeySource KeySource::create_in_token(const TokenOptions& options) {
  auto token = std::make_shared<Token>(options);
  token->key().create();
  return KeySource(std::move(token));
}

}  // namespace morgiana
