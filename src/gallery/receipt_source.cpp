#include "gallery/receipt_source.hpp"

#include "gallery/follow.hpp"
#include "gallery/impl.hpp"
#include "gallery/pseudonym.hpp"
#include "types/hex.hpp"

namespace morgiana {
namespace {

constexpr std::string_view kSigning = "morgiana/receipt";

seal::SecretKey drawn(const Parts& parts, std::string_view purpose) {
  return seal::derive(parts.vault.keys().current()->state_key(), purpose);
}

}  // namespace

std::shared_ptr<Gallery::Impl> ReceiptSource::impl() const {
  std::shared_ptr<Gallery::Impl> impl = impl_.lock();
  if (impl == nullptr) throw Error(Errc::closed, "the gallery that signs was closed");
  return impl;
}

seal::SigningKey ReceiptSource::signing_key() const {
  return impl()->with_parts(
      [](const Parts& parts) { return seal::SigningKey(drawn(parts, kSigning)); });
}

seal::SigningKey ReceiptSource::signing_key(const seal::PublicKey& known) const {
  return impl()->with_parts(
      [&](const Parts& parts) { return seal::SigningKey(drawn(parts, kSigning), known); });
}

seal::SecretKey ReceiptSource::log_key() const {
  return impl()->with_parts(
      [](const Parts& parts) { return drawn(parts, "morgiana/receipt-log"); });
}

ReceiptSource::Facts ReceiptSource::facts() const {
  return impl()->with_parts([](Parts& parts) {
    catch_up(parts);
    const CommitHead head = parts.committed();
    return Facts{.gallery = dashed(parts.vault.gallery().uuid),
                 .model = parts.vault.gallery().model.name,
                 .tier = parts.kernels.name,
                 .sequence = head.sequence,
                 .head = seal::sha256(parts.vault.encode(head))};
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
