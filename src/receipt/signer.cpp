#include "receipt/signer.hpp"

#include <utility>

#include "morgiana/error.hpp"
#include "receipt/clock.hpp"
#include "receipt/json.hpp"
#include "receipt/key_list.hpp"
#include "receipt/limits.hpp"

namespace morgiana {
namespace {

using receipt::kMaxTextBytes;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Errc::invalid_argument, "a receipt is not signed: " + what);
}

void require_party(const char* what, const std::string& given) {
  if (!is_printable(given, kMaxPartyBytes)) {
    refuse(std::string(what) + " is not 1 to 256 printable ASCII characters");
  }
}

void require_text_if_any(const char* what, const std::string& given) {
  if (!given.empty() && !is_printable(given, kMaxTextBytes)) {
    refuse(std::string(what) + " is not up to 128 printable ASCII characters");
  }
}

void check(const ReceiptRequest& request) {
  require_party("the relying party", request.relying_party);
  require_text_if_any("the nonce", request.nonce);
  require_text_if_any("the calibration", request.calibration);
  if (!request.policy_sha256.empty() && !receipt::is_sha256(request.policy_sha256)) {
    refuse("the digest of the policy is not 64 of 0-9 a-f");
  }
  if (!request.amount) return;
  if (!detail::is_valid(*request.amount)) {
    refuse("an amount is not negative, and its currency is three of A-Z");
  }
  if (static_cast<std::uint64_t>(request.amount->minor_units) > kMaxReceiptNumber) {
    refuse("an amount is above 2^53 - 1 minor units, which readers of JSON round");
  }
}

/// That a decision rests on; none where there is none.
const Threshold& threshold_of(const Decision& decision) {
  return decision.resolved ? decision.resolved->accept : decision.policy.accept;
}

std::optional<Fpir> risk_of(const Decision& decision) {
  const auto& risk = decision.policy.risk;
  return risk && detail::is_valid(risk->at_most) ? std::optional(risk->at_most) : std::nullopt;
}

/// None where it is no cosine.
std::optional<Threshold> stated(const Threshold& given) {
  const float least = given.at_least.cosine;
  if (!detail::is_number(least) || least < -1.0F || least > 1.0F) return std::nullopt;
  Threshold threshold{given.at_least};
  if (given.stands_for && detail::is_number(given.stands_for->rate) &&
      given.stands_for->rate >= 0 && given.stands_for->rate <= 1) {
    threshold.stands_for = given.stands_for;
  }
  return threshold;
}

}  // namespace

ReceiptSigner::Impl::Impl(const Gallery& gallery, const ReceiptSignerOptions& options)
    : source_(gallery), options_(options), key_(source_.signing_key().public_key()) {
  require_party("the issuer", options.issuer);
  require_party("the terminal", options.terminal);
  if (options.lifetime_s < 1 || options.lifetime_s > receipt::kMaxLifetime_s) {
    refuse("its lifetime is not from 1 s to 30 days");
  }
  key_id_ = seal::thumbprint(key_);
  public_key_ = seal::public_jwk(key_);
  receipt_header_ = receipt::header(receipt::Kind::receipt, key_id_);
  checkpoint_header_ = receipt::header(receipt::Kind::checkpoint, key_id_);
}

ReceiptClaims ReceiptSigner::Impl::claims_of(const Decision& decision,
                                             const ReceiptRequest& request) const {
  if (decision.outcome != outcome_of(decision.reason)) {
    refuse("the reason of a decision is not one of its outcome");
  }
  if ((decision.outcome == Outcome::granted) != decision.subject.has_value()) {
    refuse("a decision names a subject where it grants, and nobody else");
  }
  const auto facts = source_.facts();
  const std::int64_t now = receipt::now(options_.clock);
  ReceiptClaims claims{.id = receipt::random_id(),
                       .issuer = options_.issuer,
                       .relying_party = request.relying_party,
                       .terminal = options_.terminal,
                       .issued_at_s = now,
                       .expires_at_s = now + options_.lifetime_s,
                       .outcome = decision.outcome,
                       .reason = decision.reason,
                       .threshold = stated(threshold_of(decision)),
                       .risk = risk_of(decision),
                       .model = facts->model,
                       .tier = facts->tier,
                       .gallery = facts->gallery,
                       .head_sequence = facts->sequence,
                       .head_sha256 = facts->head_sha256,
                       .calibration = request.calibration,
                       .policy_sha256 = request.policy_sha256,
                       .nonce = request.nonce,
                       .amount = request.amount};
  if (decision.subject) {
    claims.subject = source_.pseudonym(*decision.subject, request.relying_party);
  }
  return claims;
}

std::string ReceiptSigner::Impl::sign(const Decision& decision, const ReceiptRequest& request,
                                      std::optional<Place> place) const {
  check(request);
  ReceiptClaims claims = claims_of(decision, request);
  if (place) {
    claims.sequence = place->sequence;
    claims.previous_sha256 = std::move(place->previous_sha256);
  }
  return seal::sign_compact(source_.signing_key(key_), receipt_header_, receipt::encode(claims));
}

std::string ReceiptSigner::Impl::sign(receipt::Checkpoint checkpoint) const {
  checkpoint.issuer = options_.issuer;
  checkpoint.issued_at_s = receipt::now(options_.clock);
  return seal::sign_compact(source_.signing_key(key_), checkpoint_header_,
                            receipt::encode(checkpoint));
}

ReceiptSigner::ReceiptSigner(const Gallery& gallery, const ReceiptSignerOptions& options)
    : impl_(std::make_shared<const Impl>(gallery, options)) {}

std::string ReceiptSigner::sign(const Decision& decision, const ReceiptRequest& request) const {
  return impl_->sign(decision, request, std::nullopt);
}

const std::string& ReceiptSigner::public_key() const noexcept {
  return impl_->public_key();
}

const std::string& ReceiptSigner::key_id() const noexcept {
  return impl_->key_id();
}

std::string ReceiptSigner::public_key(const Gallery& gallery) {
  return seal::public_jwk(ReceiptSource(gallery).signing_key().public_key());
}

}  // namespace morgiana
