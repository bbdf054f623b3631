#include "morgiana/nonce_store.hpp"

#include "morgiana/error.hpp"
#include "receipt/clock.hpp"
#include "store/nonce_ledger.hpp"
#include "types/own_process.hpp"

namespace morgiana {

class NonceStore::Impl {
 public:
  Impl(const std::string& path, const Clock& clock)
      : ledger_(std::make_unique<store::NonceLedger>(path)), clock_(clock) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    // The database and its locks belong to the process that opened it.
    if (process_.is_forked()) static_cast<void>(ledger_.release());
  }

  void use(const Receipt& receipt) {
    if (process_.is_forked()) {
      throw Error(Errc::closed, "this process was forked while the store of nonces was open");
    }
    const std::int64_t now = receipt::now(clock_);
    if (now > receipt.accepted_until_s()) {
      throw Error(Errc::expired, "a receipt has expired since it was verified");
    }
    const ReceiptClaims& claims = receipt.claims();
    const store::NonceLedger::Nonce nonce{.issuer = claims.issuer,
                                          .id = claims.id,
                                          .issued_at_s = claims.issued_at_s,
                                          .expires_at_s = claims.expires_at_s};
    // Nobody's leeway is larger: what expired before that, no verifier takes.
    switch (ledger_->use(nonce, now - kMaxLeeway_s)) {
      case store::NonceLedger::Answer::first: return;
      case store::NonceLedger::Answer::used:
        throw Error(Errc::replayed, "a receipt was used before");
      case store::NonceLedger::Answer::unknown: break;
    }
    throw Error(Errc::expired,
                "a receipt is of a time that the store of nonces does not know: it was issued "
                "before the store was made, or the clock was set back");
  }

 private:
  OwnProcess process_;
  std::unique_ptr<store::NonceLedger> ledger_;
  Clock clock_;
};

NonceStore::NonceStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NonceStore::NonceStore(NonceStore&&) noexcept = default;
NonceStore& NonceStore::operator=(NonceStore&&) noexcept = default;
NonceStore::~NonceStore() = default;

NonceStore NonceStore::create(const std::string& path, const Clock& clock) {
  store::NonceLedger::create(path, receipt::now(clock));
  return open(path, clock);
}

NonceStore NonceStore::open(const std::string& path, const Clock& clock) {
  return NonceStore(std::make_unique<Impl>(path, clock));
}

void NonceStore::use(const Receipt& receipt) {
  if (impl_ == nullptr) throw Error(Errc::closed, "the store of nonces was moved");
  impl_->use(receipt);
}

}  // namespace morgiana
