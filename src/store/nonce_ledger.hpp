#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "store/durable_file.hpp"

namespace morgiana::store {

/// Which nonces were used, in a database of their own (WAL, synchronous=FULL), over all processes.
/// Threads: from many at once. Errors of use: storage_full; storage_failed; locked; replaced. After
/// one the file is opened anew.
class NonceLedger {
 public:
  /// Errors: already_exists; storage_full; storage_failed.
  static void create(const std::string& path, std::int64_t created_at_s);
  /// Errors: not_found; unsupported_format; storage_failed.
  explicit NonceLedger(std::string path);
  NonceLedger(const NonceLedger&) = delete;
  NonceLedger& operator=(const NonceLedger&) = delete;
  ~NonceLedger();

  struct Nonce {
    std::string_view issuer;
    std::string_view id;
    std::int64_t issued_at_s;
    std::int64_t expires_at_s;
  };
  /// `unknown`: it may have been used before the ledger was made, or been forgotten.
  enum class Answer { first, used, unknown };

  /// `first` is given once, and is durable then. Forgets some of what expired before a time.
  Answer use(const Nonce& nonce, std::int64_t forget_before_s);

 private:
  class Opened;
  void open();

  std::string path_;
  FileIdentity identity_;
  std::mutex mutex_;
  std::unique_ptr<Opened> opened_;
};

}  // namespace morgiana::store
