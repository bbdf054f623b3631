#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "morgiana/amount.hpp"
#include "morgiana/decision.hpp"
#include "morgiana/export.hpp"
#include "morgiana/gallery.hpp"

namespace morgiana {

/// Unix time in seconds; the machine's clock where none is given.
using Clock = std::function<std::int64_t()>;

inline constexpr std::size_t kMaxReceiptBytes = 8192;
/// Of amounts and numbers in a receipt: what every reader of JSON takes for the same (RFC 7493).
inline constexpr std::uint64_t kMaxReceiptNumber = (std::uint64_t{1} << 53) - 1;

/// What a receipt says: docs/receipts.md. Texts that it does not hold are empty.
struct ReceiptClaims {
  std::string id;  // never given twice: 22 characters
  std::string issuer;
  std::string relying_party;
  std::string terminal;
  std::int64_t issued_at_s = 0;  // Unix time
  std::optional<std::int64_t> not_before_s = {};
  std::int64_t expires_at_s = 0;
  Outcome outcome = Outcome::not_determined;
  Reason reason = Reason::invalid_policy;
  std::string subject = {};  // with granted only: a pseudonym, Gallery::pseudonym
  std::optional<Threshold> threshold = {};
  std::optional<Fpir> risk = {};  // that the threshold keeps, where the policy is by a risk
  std::string model = {};
  std::string tier = {};            // instruction tier of the machine
  std::string gallery = {};         // uuid
  std::uint64_t head_sequence = 0;  // newest commit of the gallery
  std::string head_sha256 = {};     // in hex
  std::string calibration = {};
  std::string policy_sha256 = {};  // in hex
  std::string nonce = {};
  std::optional<Amount> amount = {};
  std::optional<std::uint64_t> sequence = {};  // in a ReceiptLog, from 1
  std::string previous_sha256 = {};            // of the line before it there, in hex
};

struct ReceiptSignerOptions {
  std::string issuer;             // who decides; as all parties 1 to 256 printable ASCII characters
  std::string terminal;           // where
  std::int64_t lifetime_s = 120;  // of a receipt, 1 s to 30 days
  Clock clock = {};
};

struct ReceiptRequest {
  std::string relying_party;          // who is to act on the decision
  std::string nonce = {};             // that it gave for this one, 128 characters at most
  std::optional<Amount> amount = {};  // up to kMaxReceiptNumber
  std::string calibration = {};       // name of the one that was used, 128 characters at most
  std::string policy_sha256 = {};     // of the policy file, in hex: 64 of 0-9 a-f
};

/// Signs decisions with a key of the gallery's own, so that others can act on them and prove later
/// what was decided: JSON Web Tokens without score, template or image.
/// Threads: from many at once.
class MORGIANA_API ReceiptSigner {
 public:
  /// The gallery is not kept open; once it is closed nothing is signed.
  /// Errors: invalid_argument (options); closed.
  ReceiptSigner(const Gallery& gallery, const ReceiptSignerOptions& options);

  /// A compact JSON Web Signature, which names the newest commit of the gallery.
  /// Errors: invalid_argument (request); unknown_subject (granted to who was removed since);
  /// those of every verb of Gallery.
  /// Cost:   some 100 µs; writes nothing: ReceiptLog.
  std::string sign(const Decision& decision, const ReceiptRequest& request) const;

  /// What verifies, a JSON Web Key (RFC 8037), the same for the life of a gallery.
  const std::string& public_key() const noexcept;
  /// Its thumbprint (RFC 7638), which receipts name.
  const std::string& key_id() const noexcept;

  /// Of the receipts of a gallery, whoever its issuer is.
  static std::string public_key(const Gallery& gallery);

  class Impl;

 private:
  friend class ReceiptLog;
  std::shared_ptr<const Impl> impl_;
};

/// A key and whose it is: no other issuer is believed that signs with it.
struct TrustedKey {
  std::string issuer;
  std::string jwk;  // public, Ed25519; by its `kid` or, where it has none, its thumbprint
};

struct ReceiptVerifierOptions {
  std::vector<TrustedKey> keys;
  std::string relying_party;   // who verifies
  std::int64_t leeway_s = 30;  // by which clocks may differ, 0 to kMaxLeeway_s
  Clock clock = {};
};

inline constexpr std::int64_t kMaxLeeway_s = 300;

/// A receipt that a ReceiptVerifier found authentic, in time and for who asked; nothing else makes
/// one. Whether it grants anything, its outcome says.
class Receipt {
 public:
  const ReceiptClaims& claims() const noexcept { return claims_; }
  /// The last second in which its verifier takes it.
  std::int64_t accepted_until_s() const noexcept { return accepted_until_s_; }

 private:
  friend class ReceiptVerifier;
  Receipt(ReceiptClaims claims, std::int64_t accepted_until_s)
      : claims_(std::move(claims)), accepted_until_s_(accepted_until_s) {}

  ReceiptClaims claims_;
  std::int64_t accepted_until_s_;
};

/// What was asked for, where something was: a receipt that answers something else is `foreign`.
struct ExpectedReceipt {
  std::optional<std::string> nonce = {};
  std::optional<Amount> amount = {};
};

/// Takes receipts of known keys and issuers for one relying party. Threads: from many at once.
class MORGIANA_API ReceiptVerifier {
 public:
  /// Errors: invalid_argument (no key, one twice or one that is none; options).
  explicit ReceiptVerifier(const ReceiptVerifierOptions& options);

  /// The signature is checked before what it covers is read.
  /// Errors: not_authentic (any other signature, key, algorithm or form); foreign (another issuer,
  /// relying party, nonce or amount); expired (also: not valid yet); invalid_argument (an empty
  /// nonce is expected).
  /// Cost:   some 150 µs. It does not see that a receipt was used before: NonceStore.
  Receipt verify(std::string_view jws, const ExpectedReceipt& expected = {}) const;

  class Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace morgiana
