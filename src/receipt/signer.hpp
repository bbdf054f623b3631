#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gallery/receipt_source.hpp"
#include "morgiana/receipt.hpp"
#include "receipt/claims.hpp"
#include "seal/jws.hpp"

namespace morgiana {

class ReceiptSigner::Impl {
 public:
  /// Errors: as ReceiptSigner.
  Impl(const Gallery& gallery, const ReceiptSignerOptions& options);

  /// Where in a log a receipt stands.
  struct Place {
    std::uint64_t sequence;
    std::string previous_sha256;
  };

  /// Errors: as ReceiptSigner::sign.
  std::string sign(const Decision& decision, const ReceiptRequest& request,
                   std::optional<Place> place) const;
  /// Issuer and time are filled in. Errors: those of every verb of Gallery.
  std::string sign(receipt::Checkpoint checkpoint) const;

  const ReceiptSource& source() const noexcept { return source_; }
  const std::string& issuer() const noexcept { return options_.issuer; }
  const std::string& public_key() const noexcept { return public_key_; }
  const std::string& key_id() const noexcept { return key_id_; }

 private:
  ReceiptClaims claims_of(const Decision& decision, const ReceiptRequest& request) const;

  ReceiptSource source_;
  ReceiptSignerOptions options_;
  seal::PublicKey key_;
  std::string public_key_;
  std::string key_id_;
  std::string receipt_header_;
  std::string checkpoint_header_;
};

}  // namespace morgiana
