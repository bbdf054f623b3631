#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "morgiana/receipt_log.hpp"
#include "receipt/key_list.hpp"
#include "seal/mac.hpp"

namespace morgiana::receipt {

/// Of the line that ends a log, in hex; of no line, zeros.
std::string digest_of_line(std::string_view line);
std::string digest_of_no_line();

/// Follows the lines of a log from its first. One thread.
class Auditor {
 public:
  explicit Auditor(KeyList keys) : keys_(std::move(keys)) {}

  /// Goes on behind lines that are known to be sound.
  void resume(const AuditReport& after, std::string last_digest) {
    report_ = after;
    last_digest_ = std::move(last_digest);
  }

  /// What is wrong with the line that comes next, which is not taken then; none where nothing is.
  std::optional<std::string> take(std::string_view line);

  const AuditReport& report() const noexcept { return report_; }
  const std::string& last_digest() const noexcept { return last_digest_; }
  std::uint64_t num_lines() const noexcept {
    return report_.num_receipts + report_.num_checkpoints;
  }

 private:
  std::optional<std::string> take_receipt(const Authentic& line);
  std::optional<std::string> take_checkpoint(const Authentic& line);

  KeyList keys_;
  AuditReport report_;
  std::string last_digest_ = digest_of_no_line();
};

}  // namespace morgiana::receipt
