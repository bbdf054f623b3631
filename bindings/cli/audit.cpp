#include "morgiana/receipt_log.hpp"

#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "help.hpp"
#include "number.hpp"
#include "output.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  std::string log;
  std::vector<std::string> keys;
  std::string checkpoint;
  std::uint64_t least_receipts = 0;
  bool json = false;
};

/// A small text file, without the end of its line. Errors: not_found; storage_failed.
std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(Errc::not_found, "file " + path + " cannot be read");
  std::string text(2 * kMaxReceiptBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) throw Error(Errc::storage_failed, "reading " + path + " failed");
  text.resize(static_cast<std::size_t>(in.gcount()));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

AuditReport report_on(const Options& options) {
  AuditOptions wanted{.least_receipts = options.least_receipts};
  for (const std::string& key : options.keys) wanted.keys.push_back(text_of(key));
  if (!options.checkpoint.empty()) wanted.checkpoint = text_of(options.checkpoint);
  const Progress progress("auditing " + options.log);
  return audit(options.log, wanted);
}

std::string lines(const AuditReport& report) {
  std::ostringstream out;
  out << "log                " << report.log << '\n'
      << "issuer             " << report.issuer << '\n'
      << "receipts           " << report.num_receipts << '\n'
      << "checkpoints        " << report.num_checkpoints << '\n'
      << "behind the last    " << report.num_unsealed << '\n';
  if (report.first_wrong) {
    out << "wrong: line " << report.first_wrong->line << ' ' << report.first_wrong->why << '\n';
  }
  return out.str();
}

std::string json(const AuditReport& report) {
  nlohmann::json fields{{"log", report.log},
                        {"issuer", report.issuer},
                        {"num_receipts", report.num_receipts},
                        {"num_checkpoints", report.num_checkpoints},
                        {"num_unsealed", report.num_unsealed},
                        {"first_wrong", nullptr}};
  if (report.first_wrong) {
    fields["first_wrong"] = {{"line", report.first_wrong->line}, {"why", report.first_wrong->why}};
  }
  return fields.dump(2) + "\n";
}

}  // namespace

void add_audit(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb =
      *app.add_subcommand("audit", "Replay a log of receipts: that every line is as it was signed");
  verb.add_option("log", options->log, "The log, a text of a receipt a line")->required();
  verb.add_option("--key", options->keys,
                  "File of the signer's public key, a JSON Web Key: morgiana signer-key prints it. "
                  "May be given several times")
      ->required()
      ->type_name("FILE");
  verb.add_option("--checkpoint", options->checkpoint,
                  "File of the newest checkpoint that was kept elsewhere, which must be in the log")
      ->type_name("FILE");
  add_whole_number(verb, "--least-receipts", options->least_receipts, 0,
                   std::numeric_limits<std::uint64_t>::max(),
                   "How many receipts are known to have been in it");
  verb.add_flag("--json", options->json, "Answer in JSON");
  explain(
      verb,
      "Prints what is sound, and the first line that is not; nothing behind it is read. "
      "Without a checkpoint or a number from elsewhere nobody can see that whole lines were cut "
      "off behind the last checkpoint of the log.",
      "a line is wrong or missing");
  verb.callback([options, &status] {
    const AuditReport report = report_on(*options);
    print(options->json ? json(report) : lines(report));
    status = report.first_wrong ? kRefused : kSuccess;
  });
}

}  // namespace morgiana::cli
