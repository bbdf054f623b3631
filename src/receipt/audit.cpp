#include <utility>

#include "morgiana/error.hpp"
#include "morgiana/receipt_log.hpp"
#include "receipt/auditor.hpp"
#include "receipt/claims.hpp"
#include "store/line_reader.hpp"

namespace morgiana {
namespace {

/// Whoever its issuer is: the first line of the log says.
receipt::KeyList key_list(const std::vector<std::string>& jwks) {
  std::vector<TrustedKey> keys;
  for (const std::string& jwk : jwks) keys.push_back({{}, jwk});
  return receipt::KeyList(keys);
}

/// How many receipts a checkpoint counts. Errors: not_authentic.
std::uint64_t count_of(const receipt::KeyList& keys, const std::string& checkpoint) {
  const receipt::Authentic authentic = keys.authenticate(checkpoint);
  if (authentic.kind != receipt::Kind::checkpoint) {
    throw Error(Errc::not_authentic, "what was kept elsewhere is a receipt and no checkpoint");
  }
  return receipt::decode_checkpoint(authentic.payload).num_receipts;
}

/// Reads up to the first line that is wrong; says whether a line is the checkpoint.
bool read_lines(const std::string& path, const std::optional<std::string>& checkpoint,
                receipt::Auditor& auditor, std::optional<AuditReport::Wrong>& wrong) {
  store::LineReader reader(path, kMaxReceiptBytes);
  bool is_found = false;
  while (const auto line = reader.next()) {
    std::optional<std::string> why =
        line->is_whole ? auditor.take(line->text) : "is cut off, or longer than any receipt";
    if (why) {
      wrong = {auditor.num_lines() + 1, *std::move(why)};
      break;
    }
    is_found |= checkpoint == line->text;
  }
  return is_found;
}

}  // namespace

AuditReport audit(const std::string& path, const AuditOptions& options) {
  const receipt::KeyList keys = key_list(options.keys);
  const std::uint64_t least = options.checkpoint ? count_of(keys, *options.checkpoint) : 0;
  receipt::Auditor auditor(keys);
  std::optional<AuditReport::Wrong> wrong;
  const bool is_found = read_lines(path, options.checkpoint, auditor, wrong);
  AuditReport report = auditor.report();
  report.first_wrong = std::move(wrong);
  if (report.first_wrong) return report;
  const std::uint64_t next = auditor.num_lines() + 1;
  if (next == 1) {
    report.first_wrong = {next, "is missing: the log is empty"};
  } else if (report.num_receipts < std::max(least, options.least_receipts)) {
    report.first_wrong = {next, "is missing: there were " +
                                    std::to_string(std::max(least, options.least_receipts)) +
                                    " receipts, and here the log ends"};
  } else if (options.checkpoint && !is_found) {
    report.first_wrong = {next,
                          "is missing: no line is the checkpoint that was kept elsewhere, so "
                          "lines were cut off and others written, or it is of another log"};
  }
  return report;
}

}  // namespace morgiana
