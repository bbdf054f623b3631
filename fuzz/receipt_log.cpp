// A log of receipts that was changed. Input: what is done (1) ‖ bytes. 0: they are laid over the
// log (bits that are set are flipped, what is longer is appended); 1 and 2: the payload of a
// receipt or a checkpoint, which is signed and appended.
#include <algorithm>
#include <string>

#include "input_file.hpp"
#include "morgiana/receipt_log.hpp"
#include "receipt/auditor.hpp"
#include "receipt/claims.hpp"
#include "receipt/desk.hpp"

using namespace morgiana;

namespace {

constexpr const char* kLog = "AAECAwQFBgcICQoLDA0ODw";

/// A first checkpoint, two receipts and a checkpoint.
class Genuine {
 public:
  Genuine() {
    add_checkpoint(0);
    for (std::uint64_t i = 1; i <= 2; ++i) add_receipt(i);
    add_checkpoint(2);
  }

  const std::string& text() const { return text_; }
  std::string jwk() const { return desk_.jwk(); }
  std::string line(bool is_receipt, const std::string& payload) const {
    Desk::Json header = desk_.header();
    if (!is_receipt) header["typ"] = "receipt-checkpoint+jwt";
    return desk_.token(header.dump(), payload);
  }

 private:
  void add(const std::string& line) {
    text_ += line + "\n";
    last_ = receipt::digest_of_line(line);
  }
  void add_receipt(std::uint64_t sequence) {
    Desk::Json claims = Desk::claims();
    claims["sequence"] = sequence;
    claims["prev"] = last_;
    add(line(true, claims.dump()));
  }
  void add_checkpoint(std::uint64_t count) {
    add(line(false, receipt::encode(receipt::Checkpoint{kLog, Desk::kIssuer, count, last_, 1})));
  }

  Desk desk_;
  std::string text_;
  std::string last_ = receipt::digest_of_no_line();
};

std::uint64_t line_of(const std::string& text, std::size_t at) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size()));
  return 1 + static_cast<std::uint64_t>(std::count(text.begin(), end, '\n'));
}

/// The line of the first byte that is another, none where all are as they were.
std::optional<std::uint64_t> first_changed(const std::string& genuine, const std::string& text) {
  if (genuine == text) return std::nullopt;
  const auto at = std::mismatch(genuine.begin(), genuine.end(), text.begin(), text.end()).first;
  return line_of(genuine, static_cast<std::size_t>(at - genuine.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const Genuine& genuine = *new Genuine;
  static fuzz::InputFile& file = *new fuzz::InputFile;
  fuzz::Input input(data, num_bytes);
  const std::uint64_t mode = input.number(1) % 3;
  const std::string& before = genuine.text();
  const ByteView given = input.rest();
  std::string text = before;
  if (mode == 0) {
    const Bytes changed = fuzz::changed(Bytes(before.begin(), before.end()), given);
    text.assign(changed.begin(), changed.end());
  } else {
    text += genuine.line(mode == 1, std::string(given.begin(), given.end())) + "\n";
  }
  file.write(Bytes(text.begin(), text.end()));
  const AuditReport report = audit(file.path(), {.keys = {genuine.jwk()}});
  const auto wrong = report.first_wrong ? std::optional(report.first_wrong->line) : std::nullopt;
  if (mode == 0) {
    fuzz::require(wrong == first_changed(before, text), "the first changed line is the wrong one");
  } else {
    fuzz::require(!wrong || wrong == 5, "what is before a line is not changed by it");
    fuzz::require(report.num_receipts + report.num_checkpoints == (wrong ? 4U : 5U),
                  "what is sound is counted");
  }
  return 0;
}
