#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "morgiana/gallery.hpp"
#include "seal/mac.hpp"
#include "seal/signature.hpp"

namespace morgiana {

/// What receipts say of an open gallery, and the keys that are drawn from its own. It keeps no
/// gallery open. Threads: from many at once. Errors of every member: as of every verb of Gallery.
class ReceiptSource {
 public:
  explicit ReceiptSource(const Gallery& gallery) : impl_(gallery.impl_) {}

  /// Made of a seed in locked memory, as often as it is used, as OpenSSL holds keys in ordinary
  /// memory. The same for the life of a gallery.
  seal::SigningKey signing_key() const;
  /// The same, whose public key is known by now.
  seal::SigningKey signing_key(const seal::PublicKey& known) const;
  /// That authenticates what lies beside a log of receipts, drawn in the same way.
  seal::SecretKey log_key() const;

  struct Facts {
    std::string gallery;  // uuid
    std::string model;
    std::string tier;
    std::uint64_t sequence;   // of the newest commit
    std::string head_sha256;  // in hexadecimal digits
  };
  std::shared_ptr<const Facts> facts() const;

  /// Errors: as Gallery::pseudonym.
  std::string pseudonym(const SubjectId& subject, std::string_view relying_party) const;

 private:
  std::shared_ptr<Gallery::Impl> impl() const;

  std::weak_ptr<Gallery::Impl> impl_;
  mutable std::atomic<std::shared_ptr<const Facts>> known_;  // of one commit; another replaces it
};

}  // namespace morgiana
