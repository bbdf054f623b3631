#include "gallery/receipt_source.hpp"

#include "gallery/follow.hpp"
#include "gallery/impl.hpp"
#include "gallery/pseudonym.hpp"
#include "types/hex.hpp"

namespace morgiana {
std::shared_ptr<Gallery::Impl> ReceiptSource::impl() const {
  std::shared_ptr<Gallery::Impl> impl = impl_.lock();
  if (impl == nullptr) throw Error(Errc::closed, "the gallery that signs was closed");
  return impl;
}

seal::SigningKey ReceiptSource::signing_key() const {
  return impl()->with_parts(
      [](const Parts& parts) { return seal::SigningKey(parts.vault.receipt_seed()); });
}

seal::SigningKey ReceiptSource::signing_key(const seal::PublicKey& known) const {
  return impl()->with_parts(
      [&](const Parts& parts) { return seal::SigningKey(parts.vault.receipt_seed(), known); });
}

seal::SecretKey ReceiptSource::log_key() const {
  return impl()->with_parts([](const Parts& parts) {
    return seal::derive(parts.vault.keys().current()->state_key(), "morgiana/receipt-log");
  });
}

std::shared_ptr<const ReceiptSource::Facts> ReceiptSource::facts() const {
  return impl()->with_parts([this](Parts& parts) {
    catch_up(parts);
    const CommitHead head = parts.committed();
    std::shared_ptr<const Facts> known = known_.load();
    if (known == nullptr || known->sequence != head.sequence) {
      known = std::make_shared<const Facts>(
          Facts{.gallery = dashed(parts.vault.gallery().uuid),
                .model = parts.vault.gallery().model.name,
                .tier = parts.kernels.name,
                .sequence = head.sequence,
                .head_sha256 = hex(seal::sha256(parts.vault.encode(head)))});
      known_.store(known);
    }
    return known;
  });
}

std::string ReceiptSource::pseudonym(const SubjectId& subject,
                                     std::string_view relying_party) const {
  return impl()->with_parts([&](Parts& parts) {
    catch_up(parts);
    return morgiana::pseudonym(parts, subject, relying_party);
  });
}

}  // namespace morgiana
