#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "morgiana/export.hpp"
#include "morgiana/receipt.hpp"

namespace morgiana {

struct ReceiptLogOptions {
  std::uint64_t checkpoint_every = 1000;  // receipts, 1 at least
};

/// Signed receipts in their order, a line each: a text that only grows. Every line holds the
/// SHA-256 of the one before inside its signature; every so many receipts a signed checkpoint says
/// how many there were. Keep checkpoints elsewhere: they show a cut tail to who has no other copy.
/// Files:   `path`; `path`.state, which knows the last line, so that a tail that is cut is noticed
///          here as well; `path`.lock. Keep them together; docs/receipts.md.
/// Threads: from many at once, one receipt after the other. One handle at a time writes.
/// Fork:    as of a gallery.
class MORGIANA_API ReceiptLog {
 public:
  /// Errors: already_exists; invalid_argument (path, options); locked; closed; storage_full;
  /// storage_failed.
  static ReceiptLog create(const std::string& path, const ReceiptSigner& signer,
                           const ReceiptLogOptions& options = {});

  /// Reads every line, and verifies those that the state does not know to be sound. What a crash
  /// left of a line that nobody was given is cut off.
  /// Errors: not_found (log or state); rolled_back (lines are missing at its end); not_authentic
  /// (something else is wrong with a line, or it is another signer's); invalid_argument (it is of
  /// another issuer); as create.
  /// Cost:   some 2 µs a receipt; 200 µs where a line is wrong.
  static ReceiptLog open(const std::string& path, const ReceiptSigner& signer,
                         const ReceiptLogOptions& options = {});

  /// Signs a decision as the next of the log; durable there when it returns.
  /// Errors: as ReceiptSigner::sign; storage_full (nothing was signed for anybody); storage_failed:
  /// the log is to be opened again.
  /// Cost:   as ReceiptSigner::sign, and one fsync.
  std::string sign(const Decision& decision, const ReceiptRequest& request);

  /// Writes a checkpoint now, and returns it, to be kept elsewhere. Errors: as sign.
  std::string checkpoint();

  std::uint64_t num_receipts() const;

  /// Gives the files to another handle; idempotent. Not beside other calls.
  void close();

  ReceiptLog(ReceiptLog&&) noexcept;
  ReceiptLog& operator=(ReceiptLog&&) noexcept;
  ~ReceiptLog();

 private:
  class Impl;
  explicit ReceiptLog(std::unique_ptr<Impl> impl);
  Impl& present() const;
  std::unique_ptr<Impl> impl_;
};

struct AuditOptions {
  std::vector<std::string> keys = {};  // JSON Web Keys, public: of the signer
  /// The newest checkpoint that was kept elsewhere: it must be a line of the log.
  std::optional<std::string> checkpoint = {};
  std::uint64_t least_receipts = 0;  // that are known to have been there
};

struct AuditReport {
  std::string log;  // the id that it was given when it was made
  std::string issuer;
  std::uint64_t num_receipts = 0;     // that are sound, from the first
  std::uint64_t num_checkpoints = 0;  // the first line of a log is one
  /// Behind the last checkpoint: a tail that nobody could miss, without other evidence.
  std::uint64_t num_unsealed = 0;
  struct Wrong {
    std::uint64_t line;  // from 1
    std::string why;
  };
  std::optional<Wrong> first_wrong = {};  // nothing behind it was read
};

/// Replays a log: that every line is authentic, of this log and in its place.
/// Errors: invalid_argument (options); not_found; storage_failed. What is wrong with the log is a
/// value. Cost: some 200 µs a line.
MORGIANA_API AuditReport audit(const std::string& path, const AuditOptions& options);

}  // namespace morgiana
