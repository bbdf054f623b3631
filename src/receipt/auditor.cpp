#include "receipt/auditor.hpp"

#include "morgiana/error.hpp"
#include "receipt/claims.hpp"
#include "types/hex.hpp"
#include "types/text.hpp"

namespace morgiana::receipt {
namespace {

constexpr const char* kOutOfPlace =
    "does not follow the line before it: a line was removed, inserted, repeated or moved, or is of "
    "another log";

}  // namespace

std::string digest_of_line(std::string_view line) {
  return hex(seal::sha256(as_bytes(line)));
}

std::string digest_of_no_line() {
  return hex(seal::Digest{});
}

std::optional<std::string> Auditor::take(std::string_view line) {
  std::optional<std::string> wrong;
  try {
    const Authentic authentic = keys_.authenticate(line);
    wrong = authentic.kind == Kind::receipt ? take_receipt(authentic) : take_checkpoint(authentic);
  } catch (const Error& error) {
    if (error.code() != Errc::not_authentic) throw;
    return error.what();
  }
  if (!wrong) last_digest_ = digest_of_line(line);
  return wrong;
}

std::optional<std::string> Auditor::take_receipt(const Authentic& line) {
  const ReceiptClaims claims = decode_claims(line.payload);
  if (num_lines() == 0) return "is a receipt, a log begins with a checkpoint";
  if (!claims.sequence) return "is a receipt that was signed for no log";
  if (claims.previous_sha256 != last_digest_) return kOutOfPlace;
  if (*claims.sequence != report_.num_receipts + 1) {
    return "is receipt " + std::to_string(*claims.sequence) + " by its number, and " +
           std::to_string(report_.num_receipts + 1) + " by its place";
  }
  if (claims.issuer != report_.issuer) return "is of another issuer than the log";
  ++report_.num_receipts;
  ++report_.num_unsealed;
  return std::nullopt;
}

std::optional<std::string> Auditor::take_checkpoint(const Authentic& line) {
  const Checkpoint checkpoint = decode_checkpoint(line.payload);
  if (checkpoint.previous_sha256 != last_digest_) return kOutOfPlace;
  if (checkpoint.num_receipts != report_.num_receipts) {
    return "is a checkpoint of " + std::to_string(checkpoint.num_receipts) + " receipts, " +
           std::to_string(report_.num_receipts) + " are before it";
  }
  if (num_lines() == 0) {
    report_.log = checkpoint.log;
    report_.issuer = checkpoint.issuer;
  }
  if (checkpoint.log != report_.log) return "is a checkpoint of another log";
  if (checkpoint.issuer != report_.issuer) return "is of another issuer than the log";
  ++report_.num_checkpoints;
  report_.num_unsealed = 0;
  return std::nullopt;
}

}  // namespace morgiana::receipt
