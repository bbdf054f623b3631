#include <limits>
#include <memory>
#include <string>

#include "help.hpp"
#include "number.hpp"
#include "output.hpp"
#include "place.hpp"
#include "verbs.hpp"

namespace morgiana::cli {
namespace {

struct Options {
  Place place;
  std::uint64_t commit = 0;
};

ErasureReceipt receipt_of(const Options& options) {
  const Gallery gallery = open(options.place);
  try {
    return gallery.erasure_receipt(options.commit);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    throw Error(error.code(),
                std::string(error.what()) + "; morgiana remove prints by which commit it revoked");
  }
}

}  // namespace

void add_erasure_receipt(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& verb = *app.add_subcommand("erasure-receipt",
                                       "Print what became of those whom a commit removed, signed");
  add_place(verb, options->place);
  add_follow(verb, options->place);
  add_whole_number(verb, "--commit", options->commit, 1, std::numeric_limits<std::uint64_t>::max(),
                   "The commit that remove named")
      ->required();
  explain(verb, "A JSON Web Signature (EdDSA), which the receipt key that info shows verifies.",
          "the erasure is pending");
  verb.callback([options, &status] {
    const ErasureReceipt receipt = receipt_of(*options);
    print(receipt.jws + "\n");
    status = receipt.is_erased ? kSuccess : kRefused;
  });
}

}  // namespace morgiana::cli
