#pragma once

#include <memory>
#include <string>

#include "morgiana/export.hpp"
#include "morgiana/receipt.hpp"

namespace morgiana {

/// Which receipts were used, so that each is used once, over all processes of one machine and after
/// any crash. A file of its own (SQLite), which never shrinks below what could still be used.
/// Threads: from many at once.
/// Fork:    a handle is closed in the child process.
class MORGIANA_API NonceStore {
 public:
  /// A new store takes no receipt that was issued before it was made, as one that was lost may have
  /// known it. Errors: already_exists; storage_full; storage_failed.
  static NonceStore create(const std::string& path, const Clock& clock = {});
  /// Errors: not_found; unsupported_format; storage_failed (also: it is something else).
  static NonceStore open(const std::string& path, const Clock& clock = {});

  /// Returns once for a receipt, whoever asks; that it did is durable then. On any error the
  /// receipt is not to be acted on.
  /// Errors: replayed (it was used); expired (its time has passed since it was verified, or it
  /// cannot be known any more whether it was used); storage_full; storage_failed; locked; closed;
  /// replaced and not_found (another file is in its place, or none).
  /// Cost:   one fsync; a replay costs none.
  void use(const Receipt& receipt);

  NonceStore(NonceStore&&) noexcept;
  NonceStore& operator=(NonceStore&&) noexcept;
  ~NonceStore();

 private:
  class Impl;
  explicit NonceStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace morgiana
