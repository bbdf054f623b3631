#include <string>

#include "gallery/anchor_place.hpp"
#include "seal/token_register.hpp"

namespace morgiana {
namespace {

class AnchorToken : public Anchor::Place {
 public:
  explicit AnchorToken(const TokenObject& where)
      : register_(where.module, where.token, where.object, where.pin) {}

  std::string name() const override {
    return "anchor '" + register_.object() + "' of token '" + register_.token() + "'";
  }
  Anchor::Value read() const override { return register_.read(); }
  bool compare_and_swap(const Anchor::Value& expected, const Anchor::Value& next) const override {
    return register_.compare_and_swap(expected, next);
  }

 private:
  seal::TokenRegister register_;
};

}  // namespace

Anchor Anchor::token(const TokenObject& where) {
  return Anchor(std::make_shared<AnchorToken>(where));
}

}  // namespace morgiana
